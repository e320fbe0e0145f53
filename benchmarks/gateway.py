"""The management API as a stub in a process of its own: after a latency, over TLS if asked, with some 410s and 429s.

An id that begins with `gone` is answered with 410, one that begins with `busy` with 429 the first time and 200 from
then on; any other with 200. It parses no more than it must: what it costs stands beside what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: GoneException\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nx-amzn-ErrorType: LimitExceededException\r\nContent-Length: 0\r\n\r\n"
HEALTH = b"/_emulator/health"  # what benchmarks/processes.py asks until it is answered


class Gateway(asyncio.Protocol):
    """One connection of a client: HTTP/1.1, kept alive, no pipelining."""

    def __init__(self, latency: float, told: set[bytes]) -> None:
        self._latency = latency
        self._told = told
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = received[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(received) >= end + 4 + length:
            path = received.split(b" ", 2)[1]
            self._received = b""
            self._answer(path)

    def _answer(self, path: bytes) -> None:
        if self._latency and path != HEALTH:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._answer_to(path))
        else:
            self._transport.write(self._answer_to(path))

    def _answer_to(self, path: bytes) -> bytes:
        connection_id = path.rpartition(b"/")[2]
        if connection_id.startswith(b"gone"):
            return GONE
        if connection_id.startswith(b"busy") and connection_id not in self._told:
            self._told.add(connection_id)
            return BUSY
        self._told.discard(connection_id)
        return OK


async def serve(port: int, latency: float, certificate: str | None) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    told: set[bytes] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Gateway(latency, told), "127.0.0.1", port, ssl=context, backlog=1024)
    await server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--certificate", help="a PEM file with a key; without one, plain HTTP")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _arguments()
    asyncio.run(serve(arguments.port, arguments.latency, arguments.certificate))
