"""Who abuses the gateway loses a connection, and nobody else loses anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.leftovers import Leftovers
from tests.integration.local_emulator.raw_connection import RawConnection, handshake

ECHO = '{"action": "echo"}'
KB = 1024


@pytest.fixture
async def bystander(running: Running) -> AsyncIterator[RawConnection]:
    """Another connection; it must work to the end, and at the end it must be the only thing that is left."""
    connection = await RawConnection.open(running.settings.port)
    await echoes(connection)
    before = Leftovers.of(running.emulator)
    yield connection
    await echoes(connection)
    await before.are_all_that_is_left(running.emulator)
    await connection.close()


async def echoes(connection: RawConnection) -> None:
    connection.send(Opcode.TEXT, ECHO.encode())
    assert await connection.message() == ECHO


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x00" * 4096, id="zeroes"),
        pytest.param(b"\xff" * 4096, id="ones"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", id="another request"),
        pytest.param(b"\x81\x05hello", id="unmasked"),
        pytest.param(b"\x83\x80\x00\x00\x00\x00", id="reserved opcode"),
        pytest.param(b"\x88\x82\x00\x00\x00\x00\x00\x00", id="close code 0"),
        pytest.param(b"\x81\x81\x00\x00\x00\x00\xff", id="invalid UTF-8"),
        pytest.param(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", id="a frame of 2^64 - 1 bytes"),
        pytest.param(b"\x81\xff\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00", id="a frame of 2 GB"),
    ],
)
async def test_broken_frames_end_their_own_connection(running: Running, bystander: RawConnection, raw: bytes) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send_raw(raw)
    assert (await connection.answer())[:1] == b"\x88"
    await connection.close()


@pytest.mark.parametrize("raw", [b"", b"\x81", b"\x81\xfe\x00", b"\x81\x85\x00\x00\x00\x00abc"])
async def test_half_a_frame_and_then_nothing_is_waited_for_and_given_up_with_the_connection(
    running: Running, bystander: RawConnection, raw: bytes
) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send_raw(raw)
    await asyncio.sleep(0.05)
    await echoes(bystander)
    await connection.close()
    await until(lambda: len(running.of_kind("DISCONNECT")) == 1)


async def test_ten_thousand_pings_are_ten_thousand_pongs(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.open(running.settings.port)
    ping = Frame(Opcode.PING, b"x").serialize(mask=True)
    for _ in range(100):
        connection.send_raw(ping * 100)
        assert await connection.reader.readexactly(300) == b"\x8a\x01x" * 100
    await echoes(bystander)
    await connection.close()


@pytest.mark.parametrize("part", [b"x" * 32 * KB, b"x" * 100], ids=["32 KB", "100 bytes"])
async def test_a_message_that_never_ends_is_1009(running: Running, bystander: RawConnection, part: bytes) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, part, fin=False)
    for _ in range(130 * KB // len(part)):
        connection.send(Opcode.CONT, part, fin=False)
    assert await connection.closed_with() == 1009
    await connection.close()


async def test_a_message_of_endless_empty_frames_costs_no_memory(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, ECHO.encode(), fin=False)
    empty = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
    for _ in range(100):
        connection.send_raw(empty * 200)
        await connection.writer.drain()
    await echoes(bystander)
    [half] = [one.framing._parts for one in running.emulator._connections if one.framing._parts is not None]
    assert half == ECHO.encode()
    connection.send(Opcode.CONT, b"")
    assert await connection.message() == ECHO
    await connection.close()


async def test_a_client_that_never_reads_is_cut_off(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.reader._transport.pause_reading()  # type: ignore[attr-defined]
    message = Frame(Opcode.TEXT, b'{"action": "echo", "x": "' + b"x" * 30 * KB + b'"}').serialize(mask=True)
    with pytest.raises(ConnectionError):
        for _ in range(2000):
            connection.send_raw(message * 20 + Frame(Opcode.PING, bytes(125)).serialize(mask=True) * 5000)
            await connection.writer.drain()
    await connection.close()


async def test_a_handshake_byte_by_byte_holds_up_nobody(running: Running, bystander: RawConnection) -> None:
    slow = [await RawConnection.dial(running.settings.port) for _ in range(50)]
    for byte in handshake()[:100]:
        for connection in slow:
            connection.send_raw(bytes([byte]))
        await asyncio.sleep(0)
    await echoes(bystander)
    for connection in slow:
        await connection.close()


async def test_a_slow_handshake_in_good_order_is_a_handshake(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.dial(running.settings.port)
    for byte in handshake():
        connection.send_raw(bytes([byte]))
        await asyncio.sleep(0)
    assert (await connection.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    await echoes(connection)
    await connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(handshake("/dev", f"X-Huge: {'x' * 100_000}"), id="a huge header"),
        pytest.param(handshake("/dev", *(f"X-{number}: {'x' * 1000}" for number in range(1000))), id="many headers"),
        pytest.param(handshake("/dev?" + "x" * 100_000), id="a huge URL"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), id="TLS"),
        pytest.param(b"\x00" * 10_000, id="zeroes"),
        pytest.param(b"GET /dev HTTP/9.9\r\n\r\n", id="no HTTP version"),
        pytest.param(handshake("/dev", "Content-Length: -1"), id="a negative length"),
        pytest.param(handshake("/dev", "Bad Header: x"), id="a header with a space in its name"),
    ],
)
async def test_a_request_out_of_bounds_is_refused_at_its_own_cost(
    running: Running, bystander: RawConnection, raw: bytes
) -> None:
    connection = await RawConnection.dial(running.settings.port)
    try:
        connection.send_raw(raw)
        answer = await connection.answer()
        assert answer.startswith(b"HTTP/1.") and answer[9:10] in (b"4", b"5"), answer[:100]
    except ConnectionResetError:
        pass  # refused before the last of it was read
    await connection.close()


async def test_silence_before_a_handshake_holds_up_nobody(running: Running, bystander: RawConnection) -> None:
    silent = [await RawConnection.dial(running.settings.port) for _ in range(100)]
    await echoes(bystander)
    for connection in silent:
        await connection.close()


async def test_who_leaves_while_connect_runs_leaves_nothing_behind(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.dial(running.settings.port)
    connection.send_raw(handshake("/dev?connect=wait"))
    await asyncio.sleep(0.1)
    await connection.close()
    await until(lambda: len(running.of_kind("DISCONNECT")) == 1)


async def test_frames_that_come_before_the_101_are_not_lost(running: Running, bystander: RawConnection) -> None:
    connection = await RawConnection.dial(running.settings.port)
    connection.send_raw(handshake("/dev?connect=wait"))
    connection.send(Opcode.TEXT, ECHO.encode())
    await connection.reader.readuntil(b"\r\n\r\n")
    assert await connection.message() == ECHO
    await connection.close()


async def test_a_thousand_connections_leave_nothing_behind(running: Running, bystander: RawConnection) -> None:
    for number in range(100):
        opened = [await RawConnection.open(running.settings.port) for _ in range(10)]
        for connection in opened:
            if number % 2:
                connection.send(Opcode.CLOSE, b"\x03\xe8")
                assert await connection.closed_with() == 1000
            await connection.close()
