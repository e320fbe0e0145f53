"""An HTTP proxy for CONNECT alone (RFC 9110, section 9.3.6): it leads some hosts elsewhere, and tunnels the rest."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

MAX_HEAD_BYTES = 16_384
HEAD_SECONDS = 30.0
READ_BYTES = 65_536
PROBLEM = "HTTP/1.1 {} {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Upstream(NamedTuple):
    """The proxy that this machine needs for other hosts; `no_proxy` names those which it does not need."""

    url: str
    no_proxy: str = ""

    def serves(self, host: str) -> bool:
        """Returns True if a host is reached by this proxy."""
        return not proxy_bypass_environment(host, {"no": self.no_proxy})


class ConnectProxy:
    """Listens on loopback. `lead` returns the address that stands for a host, None for a host of the network."""

    def __init__(self, lead: Callable[[str], tuple[str, int] | None], upstream: Upstream | None) -> None:
        self._lead, self._upstream = lead, upstream
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listens; returns the URL for HTTPS_PROXY."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Ends all tunnels."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                await self._tunnel(reader, writer)
        finally:
            writer.transport.abort()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, target = head.decode("latin-1").split(" ")[:2]
            address = urlsplit(f"//{target}")
            if method != "CONNECT" or not address.hostname or not address.port:
                raise ValueError(target)
        except (ValueError, asyncio.LimitOverrunError):
            await _refuse(writer, 405, "Method Not Allowed")
            return
        try:
            other, more = await self._connect(address.hostname, address.port, writer)
        except OSError:
            await _refuse(writer, 502, "Bad Gateway")
            return
        try:
            await _copy_both(reader, writer, other, more)
        finally:
            more.transport.abort()

    async def _connect(
        self, host: str, port: int, client: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Returns the other end of a tunnel, and lets the client know that it is open. Raises OSError."""
        own = self._lead(host)
        if own is None and self._upstream is not None and self._upstream.serves(host):
            proxy = urlsplit(self._upstream.url)
            ends = await asyncio.open_connection(proxy.hostname, proxy.port or 80, ssl=proxy.scheme == "https" or None)
            ends[1].write(_request(host, port, proxy))  # its answer is the client's
            return ends
        ends = await asyncio.open_connection(*(own or (host, port)))
        client.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return ends


def _request(host: str, port: int, proxy: SplitResult) -> bytes:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode()


async def _refuse(writer: asyncio.StreamWriter, status: int, reason: str) -> None:
    writer.write(PROBLEM.format(status, reason).encode())
    writer.close()
    await writer.wait_closed()


async def _copy_both(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, other: asyncio.StreamReader, more: asyncio.StreamWriter
) -> None:
    await asyncio.gather(_copy(reader, more), _copy(other, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies until one side ends, and then lets the other read to the end."""
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
