"""The sockets that the emulator listens on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)


class ListenError(Exception):
    """A port is taken, or the host is not of this machine; the message names both with the reason."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The listening sockets of one emulator, bound before any program needs their ports."""

    gateway: tuple[socket.socket, ...]
    aws: tuple[socket.socket, ...]

    @classmethod
    def open(cls, host: str, port: int, aws_port: int) -> Listeners:
        """Binds both ports; 0 takes any free one. Raises ListenError."""
        gateway = listen_on_loopback(host, port)
        try:
            return cls(gateway, listen_on_loopback(host, aws_port))
        except ListenError:
            _close(gateway)
            raise

    @property
    def ports(self) -> tuple[int, int]:
        """The bound ports of the gateway and of AWS's services."""
        return self.gateway[0].getsockname()[1], self.aws[0].getsockname()[1]

    def close(self) -> None:
        _close((*self.gateway, *self.aws))


def _close(listeners: Iterable[socket.socket]) -> None:
    for listener in listeners:
        listener.close()


def listen_on_loopback(host: str, port: int) -> tuple[socket.socket, ...]:
    """Returns sockets that listen on a host; on both loopback addresses, where there is IPv6, for the one of IPv4.

    `localhost` means either, and many clients try `::1` first. Raises ListenError if the port is taken.
    """
    listener = listen(host, port)
    if host not in ("127.0.0.1", "localhost"):
        return (listener,)
    try:
        return (listener, listen("::1", listener.getsockname()[1]))
    except ListenError as problem:
        fault = problem.__cause__
        if port == 0 or not isinstance(fault, OSError) or fault.errno in NO_IPV6:
            return (listener,)
        listener.close()
        raise


def listen(host: str, port: int) -> socket.socket:
    """Returns a bound, listening TCP socket. Raises ListenError."""
    listener: socket.socket | None = None
    try:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as problem:
        if listener is not None:
            listener.close()
        is_taken = problem.errno == errno.EADDRINUSE
        hint = "; end its program, or choose another port (0 takes a free one)" if is_taken else ""
        raise ListenError(f"cannot listen on {bracketed(host)}:{port}: {problem.strerror}{hint}") from problem
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
