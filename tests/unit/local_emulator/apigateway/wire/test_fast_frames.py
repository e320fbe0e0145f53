"""Frames in one piece, judged by the library that parses all the others."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from local_emulator.apigateway.wire.fast_frames import data_frame, message_frames, whole_text

MAX_BYTES = 200
sizes = st.sampled_from([0, 1, 125, 126, 127, 128, MAX_BYTES, MAX_BYTES + 1, 65_535, 65_536, 65_537])
payloads = st.binary(max_size=140) | st.builds(bytes, sizes)
opcodes = st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT])


@given(st.binary(max_size=140) | st.builds(bytes, st.sampled_from([125, 126, 127, MAX_BYTES])))
def test_a_text_in_one_masked_frame_is_read(payload: bytes) -> None:
    assert whole_text(Frame(Opcode.TEXT, payload).serialize(mask=True), MAX_BYTES) == payload


@given(payloads, opcodes, st.booleans(), st.booleans(), st.binary(max_size=3))
def test_what_is_read_is_what_the_parser_reads_and_no_byte_is_left(
    payload: bytes, opcode: Opcode, fin: bool, mask: bool, more: bytes
) -> None:
    data = Frame(opcode, payload, fin).serialize(mask=mask) + more
    wanted = opcode is Opcode.TEXT and fin and mask and not more and len(payload) <= MAX_BYTES
    assert whole_text(data, MAX_BYTES) == (payload if wanted else None)


@given(st.binary(max_size=300))
@example(b"\x81\xff" + (127).to_bytes(8, "big") + bytes(4) + bytes(127))
@example(b"\x81\xff" + bytes(131))
@example(b"\x81\xfe\x00")
def test_of_any_bytes_it_reads_nothing_that_the_parser_does_not(data: bytes) -> None:
    text = whole_text(data, MAX_BYTES)
    if text is not None:
        (frame,) = _parsed(data, mask=True)
        assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, text)


@given(payloads, opcodes, st.booleans())
def test_a_frame_is_written_as_the_library_writes_it(payload: bytes, opcode: Opcode, fin: bool) -> None:
    assert data_frame(opcode, payload, fin=fin) == Frame(opcode, payload, fin).serialize(mask=False)


@given(st.binary(max_size=50), st.integers(1, 20))
def test_a_message_is_in_as_few_frames_as_its_size_asks_for(payload: bytes, frame_bytes: int) -> None:
    first, *more = frames = list(_parsed(message_frames(Opcode.TEXT, payload, frame_bytes), mask=False))
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
