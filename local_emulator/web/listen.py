"""The sockets that the emulator listens on."""

from __future__ import annotations

import socket


class ListenError(Exception):
    """A port is taken, or the host is not of this machine; the message names both with the reason."""


def listen(host: str, port: int) -> socket.socket:
    """Returns a bound, listening TCP socket. Raises ListenError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise ListenError(f"cannot listen on {host}:{port}: {problem.strerror}") from problem
    listener.listen(1024)
    return listener


def reachable(host: str) -> str:
    """Returns the name under which this machine reaches a server that listens on `host`."""
    return "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else bracketed(host)


def address(host: str) -> str:
    """Returns the address under which this machine reaches a server that listens on `host`, as a URL writes it."""
    return {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, bracketed(host))


def bracketed(host: str) -> str:
    """Returns the host as a URL writes it (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
