"""A TCP relay that makes a local server look like one at the end of a poor link: rate, delay, jitter, stalls, cuts."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

CHUNK_BYTES = 16 * 1024
SEGMENT_BYTES = 1460  # of an Ethernet
BUFFER_BYTES = 64 * 1024  # small, so that a sender waits for the link and not for the buffers of its own machine


@dataclass(frozen=True, slots=True)
class Link:
    """The way from client to server. Answers come back without a limit; `delay_seconds` counts for them, too.

    All connections share `bytes_per_second`. Once in `stall_every_seconds` on average the link is silent, for a time
    up to `stall_seconds`. Once in `cut_every_bytes` on average a connection is cut. 0 means never.
    """

    bytes_per_second: float
    delay_seconds: float = 0.0
    jitter: float = 0.0  # standard deviation of the logarithm of a chunk's time
    stall_every_seconds: float = 0.0
    stall_seconds: float = 0.0
    cut_every_bytes: float = 0.0


class TcpRelay:
    """Relays connections to a port of this machine over a `Link`; its chances are those of `seed`."""

    def __init__(self, port: int, link: Link, seed: int) -> None:
        self._upstream, self._link, self._chance = ("127.0.0.1", port), link, random.Random(seed)
        self._is_free_at = 0.0
        self._lock = threading.Lock()
        self._sockets = set[socket.socket]()
        self._threads = list[threading.Thread]()
        self._listening = socket.create_server(("127.0.0.1", 0))
        # Connections inherit both. With the segments of a loopback device a sender's buffer takes megabytes at once.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        self.port: int = self._listening.getsockname()[1]
        self.cuts = 0

    def serve(self) -> None:
        """Accepts connections until `close`."""
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._upstream)
                with self._lock:
                    self._sockets |= {client, server}
                self._start(self._carry_up, client, server)
                self._start(self._carry_down, server, client)

    def close(self) -> None:
        """Ends all connections and waits for their threads."""
        with self._lock:
            for one in [self._listening, *self._sockets]:
                _end(one)
        for thread in self._threads:
            thread.join()

    def _start(self, carry: object, source: socket.socket, sink: socket.socket) -> None:
        thread = threading.Thread(target=carry, args=(source, sink))  # type: ignore[arg-type]  # one of two methods
        self._threads.append(thread)
        thread.start()

    def _carry_up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while chunk := client.recv(CHUNK_BYTES):
                time.sleep(max(0.0, self._passes_at(len(chunk)) - time.monotonic()))
                if self._is_cut(len(chunk)):
                    break
                server.sendall(chunk)
        _end(server)
        _end(client)

    def _carry_down(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while chunk := server.recv(CHUNK_BYTES):
                time.sleep(self._link.delay_seconds)
                client.sendall(chunk)
        _end(client)

    def _passes_at(self, size: int) -> float:
        """Returns the moment at which the link has taken `size` more bytes."""
        with self._lock:
            link, now = self._link, time.monotonic()
            seconds = size / link.bytes_per_second * self._chance.lognormvariate(-(link.jitter**2) / 2, link.jitter)
            if link.stall_every_seconds and self._chance.random() < seconds / link.stall_every_seconds:
                seconds += self._chance.uniform(0, link.stall_seconds)
            self._is_free_at = max(now, self._is_free_at) + seconds
            return self._is_free_at

    def _is_cut(self, size: int) -> bool:
        with self._lock:
            is_cut = bool(self._link.cut_every_bytes) and self._chance.random() < size / self._link.cut_every_bytes
            self.cuts += is_cut
            return is_cut


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def tcp_relay(port: int, link: Link, seed: int) -> Iterator[TcpRelay]:
    """Runs a relay to `port` for the length of a block."""
    relay = TcpRelay(port, link, seed)
    accepting = threading.Thread(target=relay.serve)
    accepting.start()
    try:
        yield relay
    finally:
        relay.close()
        accepting.join()
