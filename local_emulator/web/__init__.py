"""HTTP: errors, listening sockets and the guard against other websites."""
