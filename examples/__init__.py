"""Small programs that use the clients as an application would."""
