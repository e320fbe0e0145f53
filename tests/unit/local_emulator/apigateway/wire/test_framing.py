"""Messages in frames, parsed by the library."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from local_emulator.apigateway.wire.compression import negotiate
from local_emulator.apigateway.wire.framing import message_frames


@given(st.binary(max_size=50), st.integers(1, 20))
def test_a_message_is_in_as_few_frames_as_its_size_asks_for(payload: bytes, frame_bytes: int) -> None:
    first, *more = frames = list(_parsed(message_frames(Opcode.TEXT, payload, frame_bytes), mask=False))
    assert b"".join(bytes(frame.data) for frame in frames) == payload
    assert first.opcode is Opcode.TEXT and all(frame.opcode is Opcode.CONT for frame in more)
    assert [frame.fin for frame in frames] == [False] * len(more) + [True]
    assert all(len(frame.data) == frame_bytes for frame in frames[:-1])
    assert len(frames) == max(1, -(-len(payload) // frame_bytes))


@given(st.integers(0, 100_000), st.booleans())
def test_a_compressed_message_keeps_its_frames_within_the_limit(size: int, repeats: bool) -> None:
    agreed = negotiate(["permessage-deflate"])
    assert agreed is not None
    sender, receiver = (agreed.extension(200_000, keeps_window=False) for _ in range(2))
    payload = b"a" * size if repeats else Random(size).randbytes(size)
    sent = message_frames(Opcode.TEXT, payload, 32 * 1024, [sender])
    frames = list(_parsed(sent, mask=False, max_size=32 * 1024, extensions=[receiver]))
    assert b"".join(bytes(frame.data) for frame in frames) == payload


def _parsed(data: bytes, *, mask: bool, **more: Any) -> Iterator[Frame]:
    rest = bytearray(data)

    def read_exact(count: int) -> Iterator[None]:
        if len(rest) < count:
            raise EOFError
        read = bytes(rest[:count])
        del rest[:count]
        yield from ()
        return read  # type: ignore[return-value]

    while rest:
        parser = Frame.parse(read_exact, mask=mask, **more)  # type: ignore[arg-type]
        try:
            next(parser)
        except StopIteration as parsed:
            yield parsed.value
