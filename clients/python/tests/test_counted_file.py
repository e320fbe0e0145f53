import asyncio
import gc
import gzip
import inspect
import io
import mmap
import tarfile
import tempfile
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sized
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from django.core.files.base import ContentFile, File
from hypothesis import given
from hypothesis import strategies as st
from requests_toolbelt import MultipartEncoder

from upload_progress_reporter import CountedFile


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
        closing = CountedFile(inner, lambda delta: None)
        closing.close()
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
    file = CountedFile(pipe, deltas.append)
    while file.read(3):
        pass
    assert deltas == [3, 2]


def test_a_closed_file_says_so_itself() -> None:
    file, _ = counted(b"x")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.read()


DATA = b"one\ntwo\nthree\n" * 100


class OnlyRead:
    def __init__(self, data: bytes = DATA) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


class WithLength(OnlyRead):
    def __len__(self) -> int:
        return len(DATA)


class SeekWithoutResult(OnlyRead):
    def seek(self, offset: int, whence: int = 0) -> None:
        self._data.seek(offset, whence)

    def tell(self) -> int:
        return self._data.tell()


def on_disk(folder: Path) -> Path:
    path = folder / "film.mp4"
    path.write_bytes(DATA)
    return path


def mapped(folder: Path) -> mmap.mmap:
    with on_disk(folder).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def temporary(make: Any, **options: Any) -> Any:
    file = make(**options)
    file.write(DATA)
    file.seek(0)
    return file


def gzipped(folder: Path) -> gzip.GzipFile:
    return gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(DATA)))


def zip_member(folder: Path) -> Any:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("film.mp4", DATA)
    with zipfile.ZipFile(folder / "a.zip") as archive:
        return archive.open("film.mp4")


def tar_member(folder: Path) -> Any:
    on_disk(folder)
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.add(folder / "film.mp4", "film.mp4")
    with tarfile.open(fileobj=io.BytesIO((folder / "a.tar").read_bytes())) as archive:
        return archive.extractfile("film.mp4")


FILES: dict[str, Callable[[Path], Any]] = {
    "BytesIO": lambda folder: io.BytesIO(DATA),
    "file": lambda folder: on_disk(folder).open("rb"),
    "unbuffered file": lambda folder: on_disk(folder).open("rb", buffering=0),
    "file to read and write": lambda folder: on_disk(folder).open("r+b"),
    "SpooledTemporaryFile": lambda folder: temporary(tempfile.SpooledTemporaryFile, max_size=1_000_000),
    "SpooledTemporaryFile on disk": lambda folder: temporary(tempfile.SpooledTemporaryFile, max_size=10),
    "NamedTemporaryFile": lambda folder: temporary(tempfile.NamedTemporaryFile),
    "TemporaryFile": lambda folder: temporary(tempfile.TemporaryFile),
    "mmap": mapped,
    "GzipFile": gzipped,
    "member of a zip": zip_member,
    "member of a tar": tar_member,
    "only read": lambda folder: OnlyRead(),
    "read and __len__": lambda folder: WithLength(),
    "seek that returns None": lambda folder: SeekWithoutResult(),
    "MultipartEncoder": lambda folder: MultipartEncoder({"file": ("film.mp4", io.BytesIO(DATA))}),
    "Django's File": lambda folder: File(io.BytesIO(DATA), "film.mp4"),
    "Django's ContentFile": lambda folder: ContentFile(DATA, "film.mp4"),
}


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    body = FILES[request.param](tmp_path)
    yield body
    if hasattr(body, "close"):
        body.close()


def test_a_wrapped_file_has_the_attributes_and_the_classes_that_it_has_bare(file: Any) -> None:
    body = CountedFile(file, lambda delta: None)
    asked = {"mode", "name", "len", "size", "fileno", "seekable", "readinto1", "__len__", "__iter__", "__next__"}
    asked |= {
        "__enter__",
        "__aiter__",
        "__getitem__",
        "read1",
        "peek",
        "getvalue",
        "getbuffer",
        "closed",
        *dir(file),
    } - {"filename"}
    assert {name for name in asked if hasattr(body, name)} == {name for name in asked if hasattr(file, name)}
    classes = (io.IOBase, io.BytesIO, io.BufferedReader, io.RawIOBase, Iterable, Iterator, Sized, AsyncIterable)
    assert [isinstance(body, one) for one in (*classes, type(file))] == [
        isinstance(file, one) for one in (*classes, type(file))
    ]
    assert isinstance(body, CountedFile)


def test_a_wrapped_file_yields_its_bytes_and_counts_them(file: Any) -> None:
    deltas: list[int] = []
    body = CountedFile(file, deltas.append)
    read = b"".join(iter(lambda: body.read(700), b""))
    assert DATA in read and sum(deltas) == len(read) and all(delta > 0 for delta in deltas)


def test_a_wrapped_file_can_be_sent_again_after_a_rewind(file: Any) -> None:
    if not hasattr(file, "seek"):
        return
    deltas: list[int] = []
    body = CountedFile(file, deltas.append)
    first = body.read(1000)
    body.seek(0)
    assert body.read() == DATA and first == DATA[:1000] and sum(deltas) == len(DATA)


def test_an_attribute_that_is_set_is_set_on_the_file() -> None:
    inner = io.BytesIO(DATA)
    CountedFile(inner, lambda delta: None).name = "film.mp4"
    assert inner.name == "film.mp4"


def test_entering_a_wrapped_file_keeps_counting(tmp_path: Path) -> None:
    deltas: list[int] = []
    body: Any = CountedFile(on_disk(tmp_path).open("rb"), deltas.append)
    with body as entered:
        assert entered is body and entered.read() == DATA
    assert body.closed and sum(deltas) == len(DATA)


def test_every_other_way_of_reading_counts_too() -> None:
    ways: list[Callable[[Any], Any]] = [
        lambda body: body.readlines(),
        lambda body: body.readinto1(bytearray(len(DATA))),
        lambda body: body.getvalue(),
        lambda body: [*body],
    ]
    for way in ways:
        deltas: list[int] = []
        way(CountedFile(io.BytesIO(DATA), deltas.append))
        assert sum(deltas) == len(DATA), inspect.getsource(way)


def test_djangos_chunks_count_as_often_as_they_begin_again() -> None:
    deltas: list[int] = []
    body: Any = CountedFile(File(io.BytesIO(DATA), "film.mp4"), deltas.append)
    for _ in range(2):
        assert b"".join(body.chunks(300)) == DATA
        assert sum(deltas) == len(DATA)


def pieces() -> Iterator[bytes]:
    yield from (DATA[:700], b"", DATA[700:])


class Again:
    def __iter__(self) -> Iterator[bytes]:
        return pieces()


def test_a_generator_stays_one() -> None:
    deltas: list[int] = []
    body: Any = CountedFile(pieces(), deltas.append)
    assert b"".join([next(body), *body]) == DATA and sum(deltas) == len(DATA)
    assert inspect.isgenerator(body) and not isinstance(body, Sized) and not hasattr(body, "read")


@pytest.mark.parametrize("make", [Again, lambda: [*pieces()], lambda: tuple(pieces())])
def test_what_can_be_iterated_again_is_counted_from_its_beginning_again(make: Callable[[], Any]) -> None:
    deltas: list[int] = []
    body: Any = CountedFile(make(), deltas.append)
    for _ in range(2):
        assert b"".join(body) == DATA
        assert sum(deltas) == len(DATA)


async def async_pieces() -> AsyncIterator[bytes]:
    for piece in pieces():
        await asyncio.sleep(0)
        yield piece


class AsyncAgain:
    def __aiter__(self) -> AsyncIterator[bytes]:
        return async_pieces()


@pytest.mark.parametrize("make", [async_pieces, AsyncAgain])
async def test_an_asynchronous_iterator_counts(make: Callable[[], Any]) -> None:
    deltas: list[int] = []
    bare, body = make(), CountedFile(make(), deltas.append)
    assert inspect.isasyncgen(body) == inspect.isasyncgen(bare) and not isinstance(body, Iterable)
    assert b"".join([piece async for piece in body]) == DATA and sum(deltas) == len(DATA)  # type: ignore[attr-defined]
    if inspect.isasyncgen(bare):
        await bare.aclose()


class AsyncFile:
    """As Starlette's UploadFile: its methods are coroutine functions."""

    def __init__(self) -> None:
        self._file = io.BytesIO(DATA)

    async def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    async def seek(self, offset: int) -> int:
        return self._file.seek(offset)

    async def tell(self) -> int:
        return self._file.tell()


async def test_an_asynchronous_file_counts() -> None:
    deltas: list[int] = []
    body: Any = CountedFile(AsyncFile(), deltas.append)
    assert inspect.iscoroutinefunction(body.read)
    assert await body.read(1000) == DATA[:1000]
    assert await body.seek(0) == 0 == await body.tell()
    assert await body.read() == DATA and sum(deltas) == len(DATA)


async def test_a_stream_of_asyncio_goes_on_where_it_was_read() -> None:
    deltas: list[int] = []
    stream = asyncio.StreamReader()
    stream.feed_data(DATA)
    stream.feed_eof()
    body: Any = CountedFile(stream, deltas.append)
    read = await body.readexactly(5) + await body.readuntil(b"\n") + await body.read(100)
    assert read + b"".join([line async for line in body]) == DATA and sum(deltas) == len(DATA)


def test_the_answer_of_an_http_client_counts_by_its_chunks() -> None:
    deltas: list[int] = []
    body: Any = CountedFile(StreamingBody(io.BytesIO(DATA), len(DATA)), deltas.append)
    assert body.read(100) + b"".join(body.iter_chunks(300)) == DATA and sum(deltas) == len(DATA)


def test_a_body_that_is_sent_again_in_the_next_attempt_counts_from_its_beginning() -> None:
    run, deltas = [1], list[int]()
    body = CountedFile(io.BytesIO(DATA), deltas.append, skip_passes=1, run_id=lambda: run[0])
    for run[0] in (1, 2):
        deltas.clear()
        body.seek(0)
        body.read()
        body.seek(0)
        assert body.read() == DATA and deltas == [len(DATA)]


def test_a_count_that_raises_does_not_reach_the_client(caplog: pytest.LogCaptureFixture) -> None:
    def add(delta: int) -> None:
        raise RuntimeError

    assert CountedFile(io.BytesIO(DATA), add).read() == DATA
    assert "Progress was not reported." in caplog.text


class Strange:
    """A file whose methods return what no file returns."""

    def read(self, size: int = -1) -> object:
        return 7

    readinto = seek = tell = readlines = getvalue = chunks = iter_content = readline = read


def test_what_no_file_returns_is_passed_on() -> None:
    body: Any = CountedFile(Strange(), lambda delta: None)
    assert {getattr(body, name)() for name in dir(Strange) if not name.startswith("_")} == {7}


def test_getvalue_counts_what_stands_before_the_position_too() -> None:
    inner, deltas = io.BytesIO(DATA), list[int]()
    inner.seek(600)
    assert CountedFile(inner, deltas.append).getvalue() == DATA and sum(deltas) == len(DATA)


def test_what_is_no_bytes_is_said_once_and_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    deltas: list[int] = []
    body: Any = CountedFile(iter(["text", "more", None, 7]), deltas.append)
    assert [*body] == ["text", "more", None, 7] and not deltas
    assert len(caplog.records) == 1
