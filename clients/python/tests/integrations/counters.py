"""Passes a reporter to programs that take a callback of fsspec or a bar of tqdm (`make integrations`)."""

from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped,import-not-found,unused-ignore]
import pytest
from fsspec.implementations import asyn_wrapper  # type: ignore[import-untyped,import-not-found,unused-ignore]
from tqdm import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]

from upload_progress_reporter import FsspecCallback, UploadReporter

from ..conftest import Received

SIZE = 6 * 2**20 + 1


def reporter(received: Received, total: int | None) -> UploadReporter:
    return UploadReporter(user_id="alice", upload_id="u", file_name="f", bytes_total=total, target=received)


@pytest.mark.parametrize("is_asynchronous", [False, True])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("method", ["put", "put_file"])
def test_fsspec_counts_bytes_and_never_files(
    method: str, count: int, is_asynchronous: bool, received: Received, tmp_path: Path
) -> None:
    files = fsspec.filesystem("memory", skip_instance_cache=True)
    paths = [tmp_path / f"{number}" for number in range(count)]
    for path in paths:
        path.write_bytes(b"x" * SIZE)
    total = SIZE * count if method == "put" else None
    transfers: list[Any] = [paths] if method == "put" else [*paths]
    for path in transfers:
        with reporter(received, total) as report:
            store = asyn_wrapper.AsyncFileSystemWrapper(files) if is_asynchronous else files
            names: Any = [str(name) for name in path] if isinstance(path, list) else str(path)
            getattr(store, method)(names, "/folder/" if method == "put" else "/file", callback=FsspecCallback(report))
            assert report.flush(10)
            assert received.updates[-1]["bytesUploaded"] == (total or SIZE) - 1  # until the call has returned
            assert received.updates[-1]["bytesTotal"] == (total or SIZE)
        assert report.flush(10)
        assert received.updates[-1]["bytesUploaded"] == (total or SIZE)


def test_a_reporter_has_the_methods_of_a_bar_of_tqdm(received: Received) -> None:
    def copy(bar: Any) -> None:
        bar.set_total(30) if isinstance(bar, UploadReporter) else bar.reset(30)
        for _ in range(3):
            bar.update(9)
        bar.update()

    with tqdm(disable=True) as bar:
        copy(bar)
    with reporter(received, None) as report:
        copy(report)
        assert report.flush(10)
    assert (received.updates[-2]["bytesUploaded"], received.updates[-2]["bytesTotal"]) == (28, 30)
