"""A gateway that plays a part at the socket: what it answers to each request, how slowly, and how it ends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"


def status(code: int, *headers: str) -> bytes:
    head = "".join(f"{header}\r\n" for header in (*headers, "Content-Length: 0"))
    return f"HTTP/1.1 {code} As Told\r\n{head}\r\n".encode()


@dataclass(frozen=True)
class Reply:
    """Bytes after `after` seconds, one piece per `each` seconds if they trickle; then the link is kept or ended."""

    data: bytes = OK
    after: float = 0.0
    piece: int = 65536
    each: float = 0.0
    end: Literal["keep", "close", "reset"] = "keep"


@dataclass(frozen=True)
class GatewayRequest:
    """One request as it came; `link` counts connections, `nth` the requests on this one, from 0."""

    line: str
    headers: dict[str, str]
    body: bytes
    link: int
    nth: int

    @property
    def connection_id(self) -> str:
        return unquote(self.line.split(" ")[1].rpartition("/")[2])


Part = Callable[[GatewayRequest], Reply]


@dataclass
class ScriptedGateway:
    """`part` decides; `requests` is what came, in order; `links` counts connections, `max_connections` those at once.

    While it is `shut` it takes connections and closes them without a word; once it has `ended` it serves none.
    """

    part: Part
    listener: socket.socket
    context: ssl.SSLContext | None = None
    requests: list[GatewayRequest] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)
    links: int = 0
    max_connections: int = 0
    shut: bool = False
    ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        scheme = "https" if self.context else "http"
        return f"{scheme}://localhost:{self.port}/prod"

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def tries(self, connection_id: str) -> int:
        return sum(request.connection_id == connection_id for request in self.requests)

    def close_links(self) -> None:
        """Closes what is idle, as gateways do after a while."""
        for link in list(self.open):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Takes no more connections and close all there are, also the one that was just taken."""
        with self._lock:
            self.ended = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.close_links()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self.listener.accept()
                self.links += 1
                if self.shut:
                    link.close()
                else:
                    threading.Thread(target=self._serve, args=(link, self.links - 1), daemon=True).start()

    def _serve(self, link: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), link:
            if self.context:
                link = self.context.wrap_socket(link, server_side=True)
            with link, self._counted(link) as wanted:
                if wanted:
                    self._talk(link, number)

    @contextmanager
    def _counted(self, link: socket.socket) -> Iterator[bool]:
        """Among the open ones meanwhile; False if it came after the end."""
        with self._lock:
            self.open.append(link)
            self.max_connections = max(self.max_connections, len(self.open))
            wanted = not self.ended
        try:
            yield wanted
        finally:
            with self._lock:
                self.open.remove(link)

    def _talk(self, link: socket.socket, number: int) -> None:
        stream = link.makefile("rb")
        with stream:
            for nth, (line, headers, body) in enumerate(_requests(stream)):
                request = GatewayRequest(line, headers, body, number, nth)
                self.requests.append(request)
                if not _play(self.part(request), link):
                    return


def _requests(stream: object) -> Iterator[tuple[str, dict[str, str], bytes]]:
    read = stream.readline  # type: ignore[attr-defined]
    while line := read().decode("latin-1").strip():
        headers = {}
        while header := read().decode("latin-1").strip():
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        yield line, headers, stream.read(int(headers.get("content-length", 0)))  # type: ignore[attr-defined]


def _play(reply: Reply, link: socket.socket) -> bool:
    """True if the link is kept."""
    time.sleep(reply.after)
    for start in range(0, len(reply.data), reply.piece):
        link.sendall(reply.data[start : start + reply.piece])
        time.sleep(reply.each)
    if reply.end == "reset":
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return reply.end == "keep"


@contextmanager
def playing(part: Part, context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[ScriptedGateway]:
    """A gateway on a port of loopback, a free one unless told, while it is needed."""
    with socket.create_server(("127.0.0.1", port), backlog=512) as listener:
        gateway = ScriptedGateway(part, listener, context)
        threading.Thread(target=gateway.accept, daemon=True).start()
        try:
            yield gateway
        finally:
            gateway.end()
