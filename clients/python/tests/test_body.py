import array
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from upload_progress_reporter import CountedFile, UploadReporter

from .conftest import Received

DATA = bytes(range(256)) * 10


def reporter(received: Received, **options: Any) -> UploadReporter:
    return UploadReporter(user_id="alice", upload_id="u1", file_name="f", target=received, **options)


def numbers(data: bytes) -> Any:
    return array.array("H", data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, numbers, str, Path])
def test_bytes_and_the_file_at_a_path_become_an_open_file(kind: Any, received: Received, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(DATA)
    with reporter(received) as report:
        body = report.wrap(kind(str(path)) if kind in (str, Path) else kind(DATA))
        assert body.seekable() and body.seek(0, os.SEEK_END) == len(DATA) and body.seek(0) == 0
        assert body.read() == DATA
        del body  # which closes the file: otherwise a ResourceWarning fails this test
    assert report.flush(10)
    assert received.updates[-1]["bytesTotal"] == len(DATA)


class Broken:
    """A file of which everything but `read` raises."""

    def read(self, size: int = -1) -> bytes:
        return DATA if size else b""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_a_file_whose_properties_raise_is_counted(received: Received) -> None:
    with reporter(received) as report:
        assert report.wrap(Broken()).read() == DATA
    assert report.flush(10)
    assert received.updates[-1]["bytesUploaded"] == len(DATA)


class Unreadable:
    @property
    def read(self) -> Any:
        raise RuntimeError


@pytest.mark.parametrize(
    "body", [None, 7, {"a": b"b"}, io.StringIO("text"), "/no/such/file", "no\0path", Path("/"), object(), Unreadable()]
)
def test_what_cannot_be_wrapped_comes_back_unchanged_with_one_warning(
    body: Any, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    with reporter(received) as report:
        assert report.wrap(body) is body
    assert len(caplog.records) == 1 and caplog.records[0].levelname == "WARNING"
    assert "/no/such/file" not in caplog.text


def test_a_text_file_comes_back_unchanged(received: Received, tmp_path: Path) -> None:
    with (tmp_path / "notes.txt").open("w+") as file, reporter(received) as report:
        assert report.wrap(file) is file and not isinstance(file, CountedFile)


@pytest.mark.parametrize("sizes", [[5_000] * 5, [5_000, 5_000, 1], [1, 9_000], [700, 0]])
def test_the_size_of_one_part_is_not_the_size_of_the_whole(
    sizes: list[int], received: Received, tmp_path: Path
) -> None:
    with reporter(received) as report:
        for size in sizes:
            (tmp_path / "part").write_bytes(bytes(size))
            report.wrap(tmp_path / "part").read()
            assert report.flush(10)
    assert report.flush(10)
    assert {update["bytesTotal"] for update in received.updates[:-1]} == {None}
    last = received.updates[-1]
    assert (last["status"], last["bytesUploaded"], last["bytesTotal"]) == ("completed", sum(sizes), sum(sizes))


def test_the_next_attempt_may_send_the_same_body_again(received: Received) -> None:
    report = reporter(received)
    body = report.wrap(io.BytesIO(DATA))
    with report:
        body.read(1000)
        report.failed("timeout")
    report.retry()
    body.seek(0)
    body.read(700)
    assert report.flush(10)
    assert [update["bytesUploaded"] for update in received.updates][-1] == 700


def empty_temporary_file() -> Any:
    return tempfile.TemporaryFile()


@pytest.mark.parametrize("make", [io.BytesIO, bytes, empty_temporary_file])
def test_an_empty_file_completes_as_0_of_0(make: Any, received: Received) -> None:
    body = make()
    with reporter(received) as report:
        assert report.wrap(body).read() == b""
    assert report.flush(10)
    assert (received.updates[-1]["bytesUploaded"], received.updates[-1]["bytesTotal"]) == (0, 0)
    if hasattr(body, "close"):
        body.close()


def test_an_empty_part_does_not_make_the_upload_empty(received: Received) -> None:
    with reporter(received) as report:
        report.wrap(b"").read()
        report.wrap(DATA).read()
    assert report.flush(10)
    assert received.updates[-1]["bytesTotal"] == len(DATA)


def test_asking_whether_a_spooled_file_is_empty_leaves_it_in_memory(received: Received) -> None:
    with tempfile.SpooledTemporaryFile(max_size=1_000) as file, reporter(received) as report:
        report.wrap(file)
        assert not file._rolled  # type: ignore[attr-defined]
