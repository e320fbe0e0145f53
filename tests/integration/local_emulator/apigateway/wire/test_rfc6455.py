"""RFC 6455, case by case, in the order of Autobahn's sections 1 to 7, under the gateway's own rules for messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.raw_connection import RawConnection

NOT_UTF8 = {
    "a stray continuation byte": b"\x80",
    "no byte of UTF-8": b"\xfe",
    "nor this one": b"\xff",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xe0\x80\x80",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "a sequence that breaks off": b"\xe2\x82",
    "a good start": "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
}
IS_UTF8 = ["Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u0000", "\u007f", "\u0080", "\u07ff", "\u0800", "\ufffd"]
IS_UTF8 += ["\U00010000", "\U0010ffff", "\ufdd0", "\uffff", "\U0001fffe", "🙂" * 100]


@pytest.fixture
async def connection(running: Running) -> AsyncIterator[RawConnection]:
    connection = await RawConnection.open(running.settings.port)
    yield connection
    await connection.close()


# 1: framing


@pytest.mark.parametrize("size", [25, 125, 126, 127, 128, 4096, 32768])
@pytest.mark.parametrize("bunches", [1, 100])
async def test_a_text_of_any_length_of_header_comes_back(connection: RawConnection, size: int, bunches: int) -> None:
    text = _echo("x" * (size - len(_echo(""))))
    raw = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    bunch = -(-len(raw) // bunches)
    for start in range(0, len(raw), bunch):
        connection.send_raw(raw[start : start + bunch])
        await asyncio.sleep(0)
    assert await connection.message() == text


async def test_an_empty_text_is_a_message_and_no_route_wants_it(connection: RawConnection) -> None:
    connection.send(Opcode.TEXT, b"")
    assert json.loads(await connection.message())["message"] == "Forbidden"


@pytest.mark.parametrize("size", [0, 125, 126, 4096])
async def test_a_binary_message_of_any_size_is_1003(connection: RawConnection, size: int) -> None:
    connection.send(Opcode.BINARY, bytes(size))
    assert await connection.closed_with() == 1003


# 2: pings and pongs


@pytest.mark.parametrize("payload", [b"", b"Hello", bytes(range(125)), b"\xff\xfe"])
async def test_a_ping_comes_back_as_a_pong(connection: RawConnection, payload: bytes) -> None:
    connection.send(Opcode.PING, payload)
    assert await connection.receive() == (Opcode.PONG, True, payload)


async def test_a_ping_over_125_bytes_is_1002(connection: RawConnection) -> None:
    connection.send_raw(b"\x89\xfe\x00\x7e" + bytes(4) + bytes(126))
    assert await connection.closed_with() == 1002


async def test_a_pong_that_nobody_asked_for_means_nothing(connection: RawConnection) -> None:
    connection.send(Opcode.PONG, b"unasked")
    connection.send(Opcode.PING, b"asked")
    assert await connection.receive() == (Opcode.PONG, True, b"asked")


@pytest.mark.parametrize("at_once", [True, False])
async def test_ten_pings_have_ten_pongs_in_order(connection: RawConnection, at_once: bool) -> None:
    raw = b"".join(Frame(Opcode.PING, b"%d" % number).serialize(mask=True) for number in range(10))
    for start in range(0, len(raw), len(raw) if at_once else 1):
        connection.send_raw(raw[start : start + (len(raw) if at_once else 1)])
        await asyncio.sleep(0)
    assert [(await connection.receive())[2] for _ in range(10)] == [b"%d" % number for number in range(10)]


# 3 and 4: reserved bits and opcodes


@pytest.mark.parametrize("bits", range(1, 8))
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.PING, Opcode.CLOSE])
async def test_a_reserved_bit_is_1002_after_what_came_before_it(
    connection: RawConnection, bits: int, opcode: Opcode
) -> None:
    connection.send(Opcode.PING, b"first")
    connection.send_raw(bytes((0x80 | bits << 4 | opcode, 0x80)) + bytes(4))
    assert await connection.receive() == (Opcode.PONG, True, b"first")
    assert await connection.closed_with() == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"x"])
async def test_a_reserved_opcode_is_1002(connection: RawConnection, opcode: int, payload: bytes) -> None:
    connection.send_raw(bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload)
    assert await connection.closed_with() == 1002


# 5: fragments


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE])
async def test_a_control_frame_in_parts_is_1002(connection: RawConnection, opcode: Opcode) -> None:
    connection.send_raw(bytes((opcode, 0x80)) + bytes(4))
    assert await connection.closed_with() == 1002


@pytest.mark.parametrize("sizes", [(5, 5), (0, 10, 0), (1,) * 18, (0, 0, 0, 0, 3)])
@pytest.mark.parametrize("pings", [False, True])
async def test_a_message_in_parts_is_one_message(
    connection: RawConnection, sizes: tuple[int, ...], pings: bool
) -> None:
    text = _echo("in parts").encode()
    rest = text
    for number, size in enumerate(sizes):
        connection.send(Opcode.CONT if number else Opcode.TEXT, rest[:size], fin=False)
        rest = rest[size:]
        if pings:
            connection.send(Opcode.PING, b"between")
            assert await connection.receive() == (Opcode.PONG, True, b"between")
    connection.send(Opcode.CONT, rest)
    assert await connection.message() == text.decode()


@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("after_a_message", [True, False])
async def test_a_continuation_of_nothing_is_1002(connection: RawConnection, fin: bool, after_a_message: bool) -> None:
    if after_a_message:
        connection.send(Opcode.TEXT, _echo("whole").encode())
        assert await connection.message() == _echo("whole")
    connection.send(Opcode.CONT, b"of nothing", fin=fin)
    assert await connection.closed_with() == 1002


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
async def test_a_message_within_another_is_1002(connection: RawConnection, opcode: Opcode) -> None:
    connection.send(Opcode.TEXT, b"one", fin=False)
    connection.send(opcode, b"two")
    assert await connection.closed_with() == 1002


# 6: UTF-8


@pytest.mark.parametrize("text", IS_UTF8)
@pytest.mark.parametrize("part", [None, 1])
async def test_valid_utf8_comes_back_even_if_frames_end_within_a_character(
    connection: RawConnection, text: str, part: int | None
) -> None:
    message = json.dumps({"action": "echo", "text": text}, ensure_ascii=False)
    data = message.encode()
    if part is None:
        connection.send(Opcode.TEXT, data)
    else:
        for at in range(len(data)):
            connection.send(Opcode.CONT if at else Opcode.TEXT, data[at : at + 1], fin=at + 1 == len(data))
    assert await connection.message() == message


@pytest.mark.parametrize("raw", NOT_UTF8.values(), ids=NOT_UTF8)
@pytest.mark.parametrize("in_parts", [False, True])
async def test_invalid_utf8_is_1007(connection: RawConnection, raw: bytes, in_parts: bool) -> None:
    if in_parts:
        connection.send(Opcode.TEXT, raw[:1], fin=False)
        connection.send(Opcode.CONT, raw[1:])
    else:
        connection.send(Opcode.TEXT, raw)
    assert await connection.closed_with() == 1007


# 7: closing


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
async def test_a_valid_code_is_answered_with_itself(connection: RawConnection, code: int) -> None:
    connection.send(Opcode.CLOSE, code.to_bytes(2) + b"bye")
    assert await connection.closed_with() == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
async def test_an_invalid_code_is_1002(connection: RawConnection, code: int) -> None:
    connection.send(Opcode.CLOSE, code.to_bytes(2))
    assert await connection.closed_with() == 1002


async def test_a_close_without_a_code_is_answered_without_one(connection: RawConnection) -> None:
    connection.send(Opcode.CLOSE, b"")
    assert await connection.closed_with() == 0


async def test_half_a_code_is_1002(connection: RawConnection) -> None:
    connection.send(Opcode.CLOSE, b"\x03")
    assert await connection.closed_with() == 1002


async def test_a_reason_may_have_123_bytes_and_no_more(running: Running, connection: RawConnection) -> None:
    longest = await RawConnection.open(running.settings.port)
    longest.send(Opcode.CLOSE, b"\x03\xe8" + b"x" * 123)
    assert await longest.closed_with() == 1000
    await longest.close()
    connection.send_raw(b"\x88\xfe\x00\x7e" + bytes(4) + b"\x03\xe8" + b"x" * 124)
    assert await connection.closed_with() == 1002


async def test_a_reason_that_is_no_utf8_is_1007(connection: RawConnection) -> None:
    connection.send(Opcode.CLOSE, b"\x03\xe8\xff")
    assert await connection.closed_with() == 1007


@pytest.mark.parametrize("late", [Opcode.PING, Opcode.TEXT, Opcode.CLOSE, Opcode.CONT])
async def test_nothing_after_a_close_is_answered(running: Running, connection: RawConnection, late: Opcode) -> None:
    raw = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)
    connection.send_raw(raw + Frame(late, b"\x03\xe8").serialize(mask=True))
    assert await connection.answer() == b"\x88\x02\x03\xe8"
    assert running.of_kind("MESSAGE") == []


async def test_a_message_right_before_the_close_still_reaches_its_function(
    running: Running, connection: RawConnection
) -> None:
    raw = Frame(Opcode.TEXT, _echo("last").encode()).serialize(mask=True)
    connection.send_raw(raw)
    await asyncio.sleep(0.05)
    connection.send(Opcode.CLOSE, b"\x03\xe8")
    assert await connection.message() == _echo("last")
    assert await connection.closed_with() == 1000
    assert [event["body"] for event in running.of_kind("MESSAGE")] == [_echo("last")]


def _echo(text: str) -> str:
    return f'{{"action":"echo","x":"{text}"}}'
