"""The management API as a stub in a process of its own: after a latency, over TLS if asked, with some 410s and 429s.

An id that begins with `gone` is answered with 410, one that begins with `busy` with 429 the first time and with 200 the
next; any other with 200. It parses no more than it must: what it costs stands beside what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: GoneException\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nx-amzn-ErrorType: LimitExceededException\r\nContent-Length: 0\r\n\r\n"


class Gateway(asyncio.BufferedProtocol):
    """One connection of a client: HTTP/1.1, kept alive, no pipelining. All read into the same buffer, in turn."""

    def __init__(self, latency: float, refused: set[bytes], buffer: memoryview) -> None:
        self._latency, self._refused, self._buffer = latency, refused, buffer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        received = self._received = self._received + self._buffer[:nbytes]
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = received[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(received) >= end + 4 + length:
            self._received = b""
            self._answer(received.split(b" ", 2)[1].rpartition(b"/")[2])

    def _answer(self, connection_id: bytes) -> None:
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._answer_to(connection_id))
        else:
            self._transport.write(self._answer_to(connection_id))

    def _answer_to(self, connection_id: bytes) -> bytes:
        if connection_id.startswith(b"gone"):
            return GONE
        if connection_id.startswith(b"busy") and connection_id not in self._refused:
            self._refused.add(connection_id)
            return BUSY
        self._refused.discard(connection_id)
        return OK


async def serve(latency: float, certificate: str | None) -> None:
    """On a free port of loopback, which is printed when it listens."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    refused: set[bytes] = set()
    buffer = memoryview(bytearray(64 * 1024))
    server = await asyncio.get_running_loop().create_server(
        lambda: Gateway(latency, refused, buffer), "127.0.0.1", 0, ssl=context, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--certificate", help="a PEM file with its key; without one, plain HTTP")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.latency, arguments.certificate))
