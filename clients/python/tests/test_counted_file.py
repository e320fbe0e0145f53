import gc
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter import CountedFile
from upload_progress_reporter.counted_file import size_left


def counted(data: bytes, *, skip_passes: int = 0) -> tuple[CountedFile, list[int]]:
    deltas: list[int] = []
    return CountedFile(io.BytesIO(data), deltas.append, skip_passes=skip_passes), deltas


def test_every_way_of_reading_counts() -> None:
    file, deltas = counted(b"one\ntwo\nthree\nfour\n")
    file.read(1)
    file.readline()
    file.readinto(bytearray(4))
    file.read1(2)
    list(file)
    assert sum(deltas) == 19
    assert file.read() == b""


def test_measuring_the_file_is_no_progress() -> None:
    file, deltas = counted(b"x" * 100)
    assert file.seek(0, io.SEEK_END) == file.tell() == 100
    file.seek(0)
    file.read(10)
    assert deltas == [10]


def test_a_rewind_is_told_when_reading_goes_on() -> None:
    file, deltas = counted(b"x" * 100)
    file.read(80)
    file.seek(0)
    file.read(30)
    assert deltas == [80, -50]


def test_passes_for_a_checksum_do_not_count() -> None:
    file, deltas = counted(b"x" * 100, skip_passes=2)
    for _ in range(2):
        file.read()
        file.seek(0)
    file.read(60)
    assert deltas == [60]


def test_a_part_of_a_file_counts_from_where_it_starts() -> None:
    inner = io.BytesIO(b"x" * 100)
    inner.seek(40)
    deltas: list[int] = []
    assert size_left(inner) == 60 and inner.tell() == 40
    CountedFile(inner, deltas.append).read()
    assert deltas == [60]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=20))
def test_the_sum_is_the_end_of_the_last_reading(steps: list[tuple[int, int]]) -> None:
    file, deltas = counted(bytes(50))
    for position, size in steps:
        file.seek(position)
        if file.read(size):
            assert sum(deltas) == file.tell()


def test_the_file_stays_open_when_only_the_wrapper_goes(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * 10)
    with path.open("rb") as inner:
        file = CountedFile(inner, lambda delta: None)
        assert file.name == str(path) and file.fileno() == inner.fileno()
        del file
        gc.collect()
        assert not inner.closed
        with CountedFile(inner, lambda delta: None) as closing:
            closing.read()
        assert inner.closed and closing.closed


class Pipe(io.RawIOBase):
    """A stream that can neither seek nor tell, as a body from the network."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""


def test_a_stream_that_cannot_seek_is_counted_too() -> None:
    deltas: list[int] = []
    pipe = Pipe([b"abc", b"de"])
    assert size_left(pipe) is None  # type: ignore[arg-type]
    file = CountedFile(pipe, deltas.append)  # type: ignore[arg-type]
    while file.read(3):
        pass
    assert deltas == [3, 2]


def test_a_closed_file_says_so_itself() -> None:
    file, _ = counted(b"x")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.read()
