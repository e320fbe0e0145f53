"""Any bytes at all on the wire: they cost their own connection and no one else's, and what comes back is RFC 6455.

`FUZZ_EXAMPLES` says how many; `make fuzz` tries many more than the tests do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side

from local_emulator.activity_log import Journal
from local_emulator.emulator import EmulatorServer
from local_emulator.settings import Settings
from testing.running import free_port
from tests.integration.local_emulator.conftest import ECHO as ECHO_APP
from tests.integration.local_emulator.conftest import copied
from tests.integration.local_emulator.leftovers import Leftovers
from tests.integration.local_emulator.raw_connection import RawConnection, handshake

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500"))
ECHO = b'{"action": "echo"}'
KEY = "dGhlIHNhbXBsZSBub25jZQ=="

payloads = st.one_of(
    st.just(b""),
    st.just(ECHO),
    st.sampled_from([ECHO[:9], ECHO[9:], b"\x03\xe8", b"\x00\x00", b"\x03", b"\xce\xba\xe1", b"\xed\xa0\x80"]),
    st.binary(max_size=140),
    st.text(max_size=40).map(str.encode),
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """A frame that may be wrong in each of its parts: bits, opcode, mask, length."""
    opcode = draw(st.one_of(st.sampled_from([0, 1, 1, 2, 8, 9, 10]), st.integers(0, 15)))
    fin = 0x80 if draw(st.integers(0, 3)) else 0
    reserved = draw(st.integers(1, 7)) << 4 if draw(st.integers(0, 15)) == 0 else 0
    payload = draw(payloads)
    masked = draw(st.integers(0, 15)) != 0
    size = draw(st.integers(0, 2**63)) if draw(st.integers(0, 15)) == 0 else len(payload)
    return bytes((fin | reserved | opcode,)) + _length(draw, size, masked) + (bytes(4) if masked else b"") + payload


def _length(draw: st.DrawFn, size: int, masked: bool) -> bytes:
    """In as few bytes as it takes, as the RFC wants it, or in more."""
    widths = [width for width, most in ((0, 125), (2, 0xFFFF), (8, 2**63)) if size <= most]
    width = widths[0] if draw(st.integers(0, 15)) else draw(st.sampled_from(widths))
    first = size if width == 0 else 126 if width == 2 else 127
    return bytes((first | (0x80 if masked else 0),)) + (size.to_bytes(width) if width else b"")


def _cut(raw: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(raw) + 1) for place in places), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges) if start < end]


chunked = st.lists(st.integers(0, 4000), max_size=3)
soup = st.binary(max_size=400)
sequences = st.lists(frames(), max_size=8).map(b"".join)
# The last frame may break off.
broken_off = st.builds(lambda raw, cut: raw[: len(raw) - cut % (len(raw) + 1)], sequences, st.integers(0, 60))
wire = st.builds(_cut, st.one_of(sequences, sequences, broken_off, soup), chunked)


def _spoiled(raw: bytes, at: int, byte: int, end: int | None) -> bytes:
    at %= len(raw)
    return (raw[:at] + bytes((byte,)) + raw[at + 1 :])[:end]


good = handshake("/dev").split(b"Sec-WebSocket-Key")[0] + f"Sec-WebSocket-Key: {KEY}\r\n\r\n".encode()
spoiled = st.builds(
    _spoiled, st.just(good), st.integers(0, 500), st.integers(0, 255), st.none() | st.integers(1, len(good))
)
opening = st.builds(_cut, st.one_of(spoiled, spoiled, soup, st.builds(bytes.__add__, spoiled, sequences)), chunked)


class World:
    """One emulator for all examples, on a loop of its own, and a bystander that must be echoed throughout."""

    def __init__(self, runner: asyncio.Runner, emulator: EmulatorServer, port: int) -> None:
        self._runner = runner
        self._emulator = emulator
        self._port = port
        self._bystander = runner.run(RawConnection.open(port))
        runner.run(self._echo())
        self._before = runner.run(self._left())

    def upgraded(self, chunks: list[bytes]) -> bytes:
        return self._runner.run(self._talk(RawConnection.open(self._port), chunks))

    def raw(self, chunks: list[bytes]) -> bytes:
        return self._runner.run(self._talk(RawConnection.dial(self._port), chunks))

    def close(self) -> None:
        self._runner.run(self._before.are_all_that_is_left(self._emulator))
        self._runner.run(self._bystander.close())

    async def _talk(self, opened: object, chunks: list[bytes]) -> bytes:
        """All that the server answers, after the bystander has been echoed."""
        connection: RawConnection = await opened  # type: ignore[misc]
        answer = b""
        with contextlib.suppress(OSError):  # it was cut off before we had said all
            for chunk in chunks:
                connection.send_raw(chunk)
                await asyncio.sleep(0)
            await self._echo()
            connection.writer.write_eof()
            answer = await connection.answer()
        await connection.close()
        return answer

    async def _echo(self) -> None:
        self._bystander.send(Opcode.TEXT, ECHO)
        assert (await self._bystander.message()).encode() == ECHO

    async def _left(self) -> Leftovers:
        return Leftovers.of(self._emulator)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    environment, path = dict(os.environ), list(sys.path)
    config = Settings(
        template=copied(ECHO_APP / "template.yaml", tmp_path_factory.mktemp("wire") / "echo"),
        port=free_port(),
        aws_port=free_port(),
    )
    with asyncio.Runner() as runner, open(os.devnull, "w") as nowhere:
        runner.run(asyncio.sleep(0))
        emulator = EmulatorServer(config, Journal(nowhere))
        runner.run(emulator.start())
        world = World(runner, emulator, config.port)
        yield world
        world.close()
        runner.run(emulator.stop())
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = path


@pytest.mark.timeout(60 + EXAMPLES // 10)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(chunks=wire)
def test_whatever_a_connection_says_costs_itself_alone(world: World, chunks: list[bytes]) -> None:
    _check(world.upgraded(chunks))


@pytest.mark.timeout(60 + EXAMPLES // 10)
@settings(max_examples=EXAMPLES // 4, suppress_health_check=list(HealthCheck))
@given(chunks=opening)
def test_whatever_comes_in_place_of_a_handshake_costs_itself_alone(world: World, chunks: list[bytes]) -> None:
    answer = world.raw(chunks)
    # A request line without a version is HTTP/0.9's, and aiohttp answers in kind.
    assert answer == b"" or answer.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/0.9 4")), answer[:200]


def _check(answer: bytes) -> None:
    """What was answered is a sequence of frames that a strict client accepts, and its last word is a close frame."""
    client = Protocol(Side.CLIENT)
    client.receive_data(answer)
    received = client.events_received()
    assert client.parser_exc is None, client.parser_exc
    for frame in received:
        assert isinstance(frame, Frame) and frame.opcode in (Opcode.TEXT, Opcode.PONG, Opcode.CLOSE, Opcode.CONT)
        if frame.opcode is Opcode.CLOSE:
            assert frame is received[-1]
            if frame.data:
                Close.parse(frame.data).check()
