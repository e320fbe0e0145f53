"""The lines of output that is drawn for a terminal, however it is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter.readers import LineSplitter
from upload_progress_reporter.readers.lines import MAX_LINE_BYTES

PIECES = [
    b"12%",
    b" ",
    b"\r",
    b"\n",
    b"\r\n",
    b"\b\b\b",
    b"\x1b[K",
    b"\x1b[2A",
    b"\x1b[1;31m",
    b"\x1b]0;33\x07",
    "é".encode(),
]


def lines_of(*chunks: bytes) -> list[str]:
    splitter = LineSplitter()
    return [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.end()


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        (b"a: 1%\ra: 2%\rdone\r\n", ["a: 1%", "a: 2%", "done"]),
        (b"  0%\b\b\b\b    \b\b\b\b 12% + x", ["  0%", " 12% + x"]),
        (b"\x1b[32m 200/11486\x1b[K\r\n\x1b[A\x1b[0mlast", [" 200/11486", "last"]),
        (b"\x1b[1G3%\x1b[2K\x1b[1G4%", ["3%", "4%"]),
        (b"\x1b]0;33\x0733 %\x1b(B\n", ["33 %"]),
        (b"caf\xe9\n", ["caf\ufffd"]),
        (b"\r\n \b \r", []),
    ],
)
def test_lines_end_where_a_terminal_draws_anew(output: bytes, lines: list[str]) -> None:
    assert lines_of(output) == lines


@given(st.lists(st.sampled_from(PIECES)).map(b"".join), st.lists(st.integers(0, 100)).map(sorted))
def test_a_cut_changes_no_line(output: bytes, cuts: list[int]) -> None:
    edges = [0, *cuts, len(output) + 100]
    assert lines_of(*[output[start:end] for start, end in itertools.pairwise(edges)]) == lines_of(output)


def test_output_without_lines_is_bounded() -> None:
    assert lines_of(*[b"x" * 10_000] * 100, b"y") == ["x" * (MAX_LINE_BYTES - 1) + "y"]
