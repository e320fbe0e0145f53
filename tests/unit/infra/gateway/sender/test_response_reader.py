"""Answers in any shape that HTTP allows, in any pieces; and what is no answer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.sender.response_reader import MAX_RESPONSE_BYTES, ResponseReader, UnreadableResponseError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3\r\n1}\n\r\n0\r\n\r\n'
ANSWERS = [
    (OK, 200, True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, True),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 200, False),
    (CHUNKED, 403, True),
    (b"HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: GoneException\r\ncontent-length: 0\r\n\r\n", 410, True),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, False),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 200, True),
    (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, 200, True),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, 200, True),
    (b"HTTP/1.1 500 \r\ncontent-length:0\r\n\r\n", 500, True),
]


def read(answer: bytes, *cuts: int) -> ResponseReader:
    reader = ResponseReader()
    reader.expect()
    for start, end in pairwise([0, *sorted(cuts), len(answer)]):
        if start < end:
            reader.feed(answer[start:end])
    return reader


@pytest.mark.parametrize(("answer", "status", "keep_alive"), ANSWERS)
@given(cuts=st.lists(st.integers(0, 150), max_size=8))
def test_an_answer_is_the_same_in_any_pieces(answer: bytes, status: int, keep_alive: bool, cuts: list[int]) -> None:
    reader = read(answer, *(min(cut, len(answer)) for cut in cuts))

    assert (reader.status, reader.complete, reader.keep_alive) == (status, True, keep_alive)


@pytest.mark.parametrize(("answer", "status"), [(answer, status) for answer, status, _ in ANSWERS])
def test_the_status_is_known_when_the_head_is(answer: bytes, status: int) -> None:
    head = answer.rindex(b"\r\n\r\n", 0, len(answer)) if answer is not CHUNKED else answer.index(b"\r\n\r\n")

    assert read(answer[: head + 4]).status == status
    assert read(answer[: head + 2]).status is None


def test_a_body_that_only_the_end_of_the_link_ends_is_never_complete() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\n\r\nsome text")

    assert (reader.status, reader.complete) == (200, False)


def test_one_reader_reads_many_answers_and_forgets_each() -> None:
    reader = ResponseReader()
    for answer, status in [(CHUNKED, 403), (OK, 200), (OK, 200)]:
        reader.expect()
        assert (reader.status, reader.headers, reader.complete) == (None, {}, False)
        reader.feed(answer)
        assert (reader.status, reader.complete) == (status, True)


def test_headers_of_errors_are_kept_under_lower_case_names() -> None:
    reader = read(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nDATE: now\r\nContent-Length: 0\r\n\r\n")

    assert reader.headers == {"retry-after": "3", "date": "now", "content-length": "0"}


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"HTTP/1.1 2000 Very OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_unreadable(answer: bytes) -> None:
    with pytest.raises(UnreadableResponseError):
        read(answer)


def test_an_answer_has_bounds() -> None:
    with pytest.raises(UnreadableResponseError):
        read(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * MAX_RESPONSE_BYTES, *range(0, 6 * MAX_RESPONSE_BYTES, 4096))


def test_more_than_was_asked_for_is_unreadable_but_the_first_answer_holds() -> None:
    reader = ResponseReader()
    with pytest.raises(UnreadableResponseError):
        reader.feed(OK)
    assert reader.status is None

    reader = ResponseReader()
    reader.expect()
    with pytest.raises(UnreadableResponseError):
        reader.feed(OK + b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
    assert reader.status == 200


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_incomplete_or_unreadable(data: bytes) -> None:
    try:
        reader = read(data)
    except UnreadableResponseError:
        return
    assert reader.status is None or 200 <= reader.status <= 999
