"""The wire, frame by frame: what RFC 6455 and the gateway's limits say of bytes that no well-behaved library sends."""

import asyncio
import logging

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Frame, Opcode

from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.raw_connection import RawConnection

KB = 1024


async def test_a_frame_of_exactly_32_kb_passes_and_one_byte_more_is_1009(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, _echo(32 * KB))
    opcode, fin, data = await connection.receive()
    assert (opcode, fin, len(data)) == (Opcode.TEXT, True, 32 * KB)

    connection.send(Opcode.TEXT, _echo(32 * KB + 1))
    assert await connection.closed_with() == 1009
    await _told(running, 1009)
    await connection.close()


async def test_a_message_of_128_kb_in_frames_of_32_passes_and_comes_back_in_frames(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    _send_in_frames(connection, _echo(128 * KB))

    sizes = []
    fin = False
    while not fin:
        _, fin, data = await connection.receive()
        sizes.append(len(data))
    assert sizes == [32 * KB] * 4
    await connection.close()


async def test_a_message_over_128_kb_is_1009_whatever_its_frames(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    _send_in_frames(connection, _echo(128 * KB + 1))

    assert await connection.closed_with() == 1009
    await connection.close()


async def test_a_compressed_message_counts_inflated_and_its_frames_as_sent(running: Running) -> None:
    """The library's own client sends and reads; it may send in one frame what would be too large for one."""
    for size, passes in ((128 * KB, True), (128 * KB + 1, False)):
        async with connect(running.base.replace("http", "ws") + "/dev", ping_interval=None, proxy=None) as connection:
            assert [one.name for one in connection.protocol.extensions] == ["permessage-deflate"]
            await connection.send(_echo(size).decode())
            if passes:
                assert len(await connection.recv()) == size
            else:
                with pytest.raises(ConnectionClosedError) as closed:
                    await connection.recv()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


async def test_a_binary_frame_is_1003(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.BINARY, b'{"action": "echo"}')

    assert await connection.closed_with() == 1003
    await _told(running, 1003)
    assert running.of_kind("MESSAGE") == []
    await connection.close()


async def test_frames_are_not_logged_however_much_a_handler_lets_through(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, _echo(KB))
    await connection.receive()
    connection.send(Opcode.BINARY, b"")
    assert await connection.closed_with() == 1003
    await _told(running, 1003)
    await connection.close()
    names = {record.name for record in caplog.records}
    assert not any(name.startswith(("websockets", "local_emulator")) for name in names), names


async def test_invalid_utf8_is_1007(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, b"\xff\xfe")

    assert await connection.closed_with() == 1007
    await connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(Frame(Opcode.TEXT, b"a").serialize(mask=False), id="unmasked"),
        pytest.param(b"\x83\x80\x00\x00\x00\x00", id="reserved opcode"),
        pytest.param(b"\xc1\x80\x00\x00\x00\x00", id="reserved bit"),
        pytest.param(Frame(Opcode.CLOSE, b"\x00\x00").serialize(mask=True), id="close code 0"),
        pytest.param(Frame(Opcode.CLOSE, b"\x03").serialize(mask=True), id="half a close code"),
        pytest.param(Frame(Opcode.CONT, b"a").serialize(mask=True), id="continuation of nothing"),
        pytest.param(b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + bytes(126), id="ping over 125 bytes"),
        pytest.param(b"\x09\x80\x00\x00\x00\x00", id="ping in two frames"),
    ],
)
async def test_a_broken_frame_is_1002_and_costs_its_own_connection_alone(running: Running, raw: bytes) -> None:
    other = await running.connect()
    connection = await RawConnection.open(running.settings.port)
    connection.send_raw(raw)

    assert await connection.closed_with() == 1002
    await other.send_str('{"action": "echo"}')
    assert (await other.receive()).data == '{"action": "echo"}'
    await connection.close()
    await other.close()


async def test_a_ping_is_answered_with_its_own_payload_even_between_the_frames_of_a_message(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, b'{"action":', fin=False)
    connection.send(Opcode.PING, b"here?")
    assert await connection.receive() == (Opcode.PONG, True, b"here?")

    connection.send(Opcode.CONT, b'"echo"}')
    assert await connection.receive() == (Opcode.TEXT, True, b'{"action":"echo"}')
    await connection.close()


async def test_a_close_between_the_frames_of_a_message_is_answered_and_the_message_is_dropped(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.send(Opcode.TEXT, b'{"action":', fin=False)
    connection.send(Opcode.CLOSE, (4001).to_bytes(2) + b"enough")
    connection.send(Opcode.CONT, b'"echo"}')

    assert await connection.closed_with() == 4001
    await _told(running, 4001)
    assert running.of_kind("MESSAGE") == []
    await connection.close()


async def test_bytes_may_come_one_by_one(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    for byte in Frame(Opcode.TEXT, b'{"action":"echo"}').serialize(mask=True):
        connection.send_raw(bytes([byte]))
        await asyncio.sleep(0)
    assert await connection.receive() == (Opcode.TEXT, True, b'{"action":"echo"}')
    await connection.close()


async def test_a_client_that_makes_us_answer_and_never_reads_is_cut_off(running: Running) -> None:
    connection = await RawConnection.open(running.settings.port)
    connection.reader._transport.pause_reading()  # type: ignore[attr-defined]
    ping = Frame(Opcode.PING, bytes(125)).serialize(mask=True)
    with pytest.raises(ConnectionError):
        for _ in range(2000):
            connection.send_raw(ping * 200)
            await connection.writer.drain()
    await _told(running, 1006)
    await connection.close()


def _echo(size: int) -> bytes:
    head, tail = b'{"action":"echo","x":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def _send_in_frames(connection: RawConnection, data: bytes, size: int = 32 * KB) -> None:
    for start in range(0, len(data), size):
        opcode = Opcode.CONT if start else Opcode.TEXT
        connection.send(opcode, data[start : start + size], fin=start + size >= len(data))


async def _told(running: Running, code: int) -> None:
    await until(lambda: bool(running.of_kind("DISCONNECT")))
    assert running.of_kind("DISCONNECT")[0]["requestContext"]["disconnectStatusCode"] == code
