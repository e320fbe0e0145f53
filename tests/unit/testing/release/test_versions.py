"""All packages have the version of local_emulator/version.py."""

import re
import shutil
from pathlib import Path

import pytest

from testing.release.versions import COPIES, SOURCE, VersionPlaceError, current, found, write
from testing.running import ROOT


@pytest.mark.parametrize("name", COPIES)
def test_every_copy_is_the_version_of_the_source(name: str) -> None:
    before, count = COPIES[name]

    assert found(name, before, count, (ROOT / name).read_text(encoding="utf-8")) == [current()] * count


def test_a_new_version_reaches_every_copy(tmp_path: Path) -> None:
    for name in (SOURCE, *COPIES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    write("9.8.7", tmp_path)

    assert current(tmp_path) == "9.8.7"
    for name, (before, count) in COPIES.items():
        assert found(name, before, count, (tmp_path / name).read_text(encoding="utf-8")) == ["9.8.7"] * count


def test_a_file_that_lost_its_version_is_an_error() -> None:
    with pytest.raises(VersionPlaceError, match="has 0 versions"):
        found("package.json", '"version": "', 1, "{}")


@pytest.mark.parametrize("folder", [".", "local_emulator", "clients/python", "clients/browser", "clients/node"])
def test_every_changelog_begins_with_the_current_version(folder: str) -> None:
    text = (ROOT / folder / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (\S+)", text, re.MULTILINE)[0] == current()
