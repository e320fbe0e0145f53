"""The proxy of functions: some hosts lead elsewhere, all others are tunnelled byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from local_emulator.web.connect_proxy import ConnectProxy, Upstream

Address = tuple[str, int]
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Address]:
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def proxied(led: Address | None = None, upstream: Upstream | None = None) -> AsyncIterator[Address]:
    proxy = ConnectProxy(lambda host: led if host == "led.example" else None, upstream)
    url = await proxy.start()
    yield "127.0.0.1", int(url.rpartition(":")[2])
    await proxy.stop()


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers when the client has said all, so the end of its half must arrive."""
    writer.write((await reader.read()).upper())
    writer.close()


async def said(address: Address, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    for part in parts:
        writer.write(part)
    if len(parts) > 1:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def connect(host: str, port: int) -> bytes:
    return f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()


async def test_a_host_leads_elsewhere_and_others_are_tunnelled() -> None:
    async with listening(shout) as (host, port), proxied(led=(host, port)) as proxy:
        assert await said(proxy, connect("led.example", 443), b"one") == ESTABLISHED + b"ONE"
        large = b"x" * 3_000_000
        assert await said(proxy, connect(host, port), large) == ESTABLISHED + large.upper()


async def test_a_host_that_does_not_answer_is_a_bad_gateway() -> None:
    async with listening(shout) as (host, port):
        pass
    async with proxied() as proxy:
        assert (await said(proxy, connect(host, port))).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://a/ HTTP/1.1\r\n\r\n",
        b"CONNECT a HTTP/1.1\r\n\r\n",
        b"CONNECT a:99999 HTTP/1.1\r\n\r\n",
        b"x\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nX: %s\r\n\r\n" % (b"y" * 20_000),
    ],
)
async def test_anything_but_connect_is_refused(head: bytes) -> None:
    async with proxied() as proxy:
        assert (await said(proxy, head)).startswith(b"HTTP/1.1 405 ")


async def test_the_machines_own_proxy_is_asked_with_its_credentials_but_not_for_its_exceptions() -> None:
    heads = []

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await shout(reader, writer)

    async with listening(upstream) as (_, other), listening(shout) as (host, port):
        given = Upstream(f"http://us%40er:pass@127.0.0.1:{other}", "127.0.0.1")
        async with proxied(led=(host, port), upstream=given) as proxy:
            assert await said(proxy, connect("far.example", 443), b"one") == b"HTTP/1.1 200 OK\r\n\r\nONE"
            assert await said(proxy, connect("led.example", 443), b"two") == ESTABLISHED + b"TWO"
            assert await said(proxy, connect(host, port), b"three") == ESTABLISHED + b"THREE"
    expected = b"CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n"
    assert heads == [expected + b"Proxy-Authorization: Basic dXNAZXI6cGFzcw==\r\n\r\n"]


async def test_a_stop_ends_open_tunnels_and_what_is_half_said() -> None:
    async with listening(shout) as (host, port), proxied() as proxy:
        reader, writer = await asyncio.open_connection(*proxy)
        writer.write(connect(host, port))
        assert await reader.readuntil(b"\r\n\r\n") == ESTABLISHED
        half, other = await asyncio.open_connection(*proxy)
        other.write(b"CONNECT ")
    for ended in (reader, half):
        with pytest.raises(ConnectionResetError):
            if not await ended.read():
                raise ConnectionResetError
    writer.close(), other.close()
