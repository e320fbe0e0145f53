"""The sockets that the emulator listens on."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass


class ListenError(Exception):
    """A port is taken, or the host is not of this machine; the message names both with the reason."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The two listening sockets of one emulator, bound before any program needs their ports."""

    gateway: socket.socket
    aws: socket.socket

    @classmethod
    def open(cls, host: str, port: int, aws_port: int) -> Listeners:
        """Binds both ports; 0 takes any free one. Raises ListenError."""
        gateway = listen(host, port)
        try:
            return cls(gateway, listen(host, aws_port))
        except ListenError:
            gateway.close()
            raise

    @property
    def ports(self) -> tuple[int, int]:
        """The bound ports of the gateway and of AWS's services."""
        return self.gateway.getsockname()[1], self.aws.getsockname()[1]

    def close(self) -> None:
        self.gateway.close()
        self.aws.close()


def listen(host: str, port: int) -> socket.socket:
    """Returns a bound, listening TCP socket. Raises ListenError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        hint = " (port 0 takes a free one)" if problem.errno == errno.EADDRINUSE else ""
        raise ListenError(f"cannot listen on {host}:{port}: {problem.strerror}{hint}") from problem
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
