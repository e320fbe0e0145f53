"""Messages in frames, parsed by the library."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from local_emulator.apigateway.wire.framing import message_frames


@given(st.binary(max_size=50), st.integers(1, 20))
def test_a_message_is_in_as_few_frames_as_its_size_asks_for(payload: bytes, frame_bytes: int) -> None:
    first, *more = frames = list(_parsed(message_frames(Frame(Opcode.TEXT, payload), frame_bytes), mask=False))
    assert b"".join(bytes(frame.data) for frame in frames) == payload
    assert first.opcode is Opcode.TEXT and all(frame.opcode is Opcode.CONT for frame in more)
    assert [frame.fin for frame in frames] == [False] * len(more) + [True]
    assert all(len(frame.data) == frame_bytes for frame in frames[:-1])
    assert len(frames) == max(1, -(-len(payload) // frame_bytes))


def _parsed(data: bytes, *, mask: bool) -> Iterator[Frame]:
    rest = bytearray(data)

    def read_exact(count: int) -> Iterator[None]:
        if len(rest) < count:
            raise EOFError
        read = bytes(rest[:count])
        del rest[:count]
        yield from ()
        return read  # type: ignore[return-value]

    while rest:
        parser = Frame.parse(read_exact, mask=mask)  # type: ignore[arg-type]
        try:
            next(parser)
        except StopIteration as parsed:
            yield parsed.value
