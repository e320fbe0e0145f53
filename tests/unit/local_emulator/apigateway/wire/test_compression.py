"""permessage-deflate: the answer to each offer, and the messages that pass, by the library's own client."""

from __future__ import annotations

import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode

from local_emulator.apigateway.wire.compression import Compression, MessageDeflate, negotiate

MAX_BYTES = 1_000


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (["permessage-deflate"], "permessage-deflate"),
        (["permessage-deflate; client_max_window_bits"], "permessage-deflate"),
        # The client of the capture asked for both windows; the server's alone was answered, in this form.
        (
            ["permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"],
            "permessage-deflate;server_max_window_bits=12",
        ),
        *(
            (
                [f"permessage-deflate; server_max_window_bits={bits}"],
                f"permessage-deflate;server_max_window_bits={bits}",
            )
            for bits in range(9, 16)
        ),
        (["x-unknown, permessage-deflate"], "permessage-deflate"),
        (["x-unknown", "permessage-deflate"], "permessage-deflate"),
        (["permessage-deflate; server_max_window_bits=99, permessage-deflate"], "permessage-deflate"),
        (["permessage-deflate; server_max_window_bits=8"], None),
        (["permessage-deflate; unknown_parameter"], None),
        (["permessage-bzip2"], None),
        ([";;"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_first_offer_that_can_be_kept_is_taken(offers: list[str], answer: str | None) -> None:
    taken = negotiate(offers)
    assert (taken and taken.header) == answer


@given(st.lists(st.text(), max_size=3))
def test_no_header_breaks_the_handshake(offers: list[str]) -> None:
    taken = negotiate(offers)
    assert taken is None or taken.header.startswith("permessage-deflate")


def agreed(offer: str = "permessage-deflate") -> Compression:
    taken = negotiate([offer])
    assert taken is not None
    return taken


def extension(offer: str = "permessage-deflate", *, keeps_window: bool = False) -> MessageDeflate:
    return agreed(offer).extension(MAX_BYTES, keeps_window=keeps_window)


def compressed(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


@given(st.lists(st.binary(max_size=MAX_BYTES), max_size=4))
def test_messages_come_back_as_they_went(messages: list[bytes]) -> None:
    ours, theirs = extension(), extension()
    for data in messages:
        frame = ours.encode(Frame(Opcode.TEXT, data))
        assert frame.rsv1
        assert bytes(theirs.decode(frame).data) == data


@given(st.integers(0, 3 * MAX_BYTES), st.integers(1, 5))
@settings(max_examples=200)
def test_a_message_may_inflate_to_the_limit_and_no_further(size: int, parts: int) -> None:
    data = compressed(b"a" * size)
    step = -(-len(data) // parts)
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    receiver, inflated = extension(), 0
    try:
        for number, piece in enumerate(pieces):
            opcode, last = Opcode.CONT if number else Opcode.TEXT, number == len(pieces) - 1
            inflated += len(receiver.decode(Frame(opcode, piece, last, rsv1=not number)).data)
    except PayloadTooBig:
        assert size > MAX_BYTES
    else:
        assert inflated == size <= MAX_BYTES


def test_the_limit_begins_anew_with_each_message() -> None:
    receiver, sender = extension(), extension()
    for _ in range(3):
        assert len(receiver.decode(sender.encode(Frame(Opcode.TEXT, b"a" * MAX_BYTES))).data) == MAX_BYTES


def test_control_frames_and_plain_messages_pass_as_they_are() -> None:
    receiver = extension()
    receiver.decode(extension().encode(Frame(Opcode.TEXT, b"first")))
    for frame in (Frame(Opcode.PING, b"p"), Frame(Opcode.TEXT, b"plain")):
        assert receiver.decode(frame) == frame
    assert receiver.encode(Frame(Opcode.CLOSE, b"")) == Frame(Opcode.CLOSE, b"")


@pytest.mark.parametrize("keeps_window", [False, True])
def test_a_smaller_window_is_agreed_to_and_kept_only_on_request(keeps_window: bool) -> None:
    """The second message repeats the first, which is longer than a window of nine bits: 512 bytes."""
    message = Random(1).randbytes(900)
    sender = agreed("permessage-deflate; server_max_window_bits=9").extension(MAX_BYTES, keeps_window=keeps_window)
    first, second = (bytes(sender.encode(Frame(Opcode.TEXT, message)).data) + b"\0\0\xff\xff" for _ in range(2))
    strict = zlib.decompressobj(wbits=-9)
    assert strict.decompress(first) == message
    if keeps_window:
        assert strict.decompress(second) == message
    else:
        with pytest.raises(zlib.error, match="too far back"):
            strict.decompress(second)
