"""What environments find read of botocore's files, as a launcher and its environments use it in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from local_emulator.runtimes.bootstrap.model_files import ModelFiles


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelFiles]:
    with monkeypatch.context() as patched:
        patched.setattr(JSONFileLoader, "load_file", JSONFileLoader.load_file)
        made = ModelFiles()
        made.install()
        yield made


def _read(path: Path) -> Any:
    return JSONFileLoader().load_file(str(path.with_suffix("")))


def test_a_file_that_was_read_before_is_given_away_once(files: ModelFiles, tmp_path: Path) -> None:
    model = tmp_path / "service-2.json"
    model.write_text('{"version": 1}')
    files.preload([str(model.with_suffix(""))])
    model.write_text('{"version": 2}')
    assert [_read(model), _read(model)] == [{"version": 1}, {"version": 2}]


def test_only_files_that_are_there_and_were_not_shared_are_told_and_once(files: ModelFiles, tmp_path: Path) -> None:
    for name in ("shared", "own"):
        (tmp_path / f"{name}.json").write_text("{}")
    files.preload([str(tmp_path / "shared")])
    found = [_read(tmp_path / f"{name}.json") for name in ("shared", "own", "missing")]
    assert (found, files.taken(), files.taken()) == ([{}, {}, None], [str(tmp_path / "own")], [])


def test_a_file_that_is_gone_or_damaged_is_left_to_the_environments(files: ModelFiles, tmp_path: Path) -> None:
    (tmp_path / "damaged.json").write_text("{")
    files.preload([str(tmp_path / "damaged"), str(tmp_path / "gone")])
    assert _read(tmp_path / "gone.json") is None
    with pytest.raises(ValueError, match="Expecting"):
        _read(tmp_path / "damaged.json")


def test_nothing_is_read_before_botocore_is_imported(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    files = ModelFiles()
    files.preload([str(tmp_path / "model")])
    assert files.taken() == []
