"""Archives of code are unpacked as Lambda would, and hostile or damaged ones are refused."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.template import code_archive
from local_emulator.template.code_archive import InvalidArchiveError, check_archive, unpack_archive

Zip = Callable[..., Path]


@pytest.fixture
def packed(tmp_path: Path) -> Zip:
    """Packs entries by name; a mode is that of Unix."""

    def packed(entries: dict[str, bytes], modes: dict[str, int] | None = None) -> Path:
        path = tmp_path / "code.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = (modes or {}).get(name, 0o100644) << 16
                archive.writestr(info, content)
        return path

    return packed


def test_an_archive_keeps_its_folders_and_what_may_run(packed: Zip, tmp_path: Path) -> None:
    unpack_archive(packed({"a/b.py": b"1", "bootstrap": b"#!"}, {"bootstrap": 0o100755}), tmp_path / "out")
    assert (tmp_path / "out/a/b.py").read_bytes() == b"1"
    assert os.access(tmp_path / "out/bootstrap", os.X_OK)
    assert not os.access(tmp_path / "out/a/b.py", os.X_OK)


def test_a_new_archive_replaces_what_changed_and_nothing_else(packed: Zip, tmp_path: Path) -> None:
    out = tmp_path / "out"
    unpack_archive(packed({"same.py": b"1", "other.py": b"1", "gone.py": b"1"}), out)
    before = (out / "same.py").stat().st_mtime_ns
    unpack_archive(packed({"same.py": b"1", "other.py": b"22"}), out)
    assert sorted(place.name for place in out.iterdir()) == ["other.py", "same.py"]
    assert (out / "same.py").stat().st_mtime_ns == before
    assert (out / "other.py").read_bytes() == b"22"


def test_links_within_an_archive_are_links(packed: Zip, tmp_path: Path) -> None:
    link = stat.S_IFLNK | 0o777
    path = packed(
        {"lib/x.so.1": b"so", "lib/x.so": b"x.so.1", "bin/x": b"../lib/x.so"}, {"lib/x.so": link, "bin/x": link}
    )
    check_archive(path)
    unpack_archive(path, tmp_path / "out")
    assert (tmp_path / "out/bin/x").read_bytes() == b"so"


@pytest.mark.parametrize("name", ["../x.py", "/etc/x", "a/../../x", "..\\x", ""])
def test_an_entry_never_leads_out_of_its_folder(packed: Zip, name: str, tmp_path: Path) -> None:
    for use in (check_archive, lambda path: unpack_archive(path, tmp_path / "out")):
        with pytest.raises(InvalidArchiveError, match="leads out of its folder"):
            use(packed({name: b"x"}))
    assert not (tmp_path / "x.py").exists()


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "a/../../x", "../../x"])
def test_a_link_never_leads_out_of_its_folder(packed: Zip, target: str, tmp_path: Path) -> None:
    path = packed({"link": target.encode()}, {"link": stat.S_IFLNK | 0o777})
    with pytest.raises(InvalidArchiveError, match="a link link to"):
        unpack_archive(path, tmp_path / "out")


def test_nothing_is_written_through_a_link(packed: Zip, tmp_path: Path) -> None:
    link = stat.S_IFLNK | 0o777
    path = packed({"d": b".", "d/e": b"f"}, {"d": link, "d/e": link})
    with pytest.raises(InvalidArchiveError):
        unpack_archive(path, tmp_path / "out")


def test_a_bomb_is_refused_before_it_is_unpacked(packed: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_archive, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(InvalidArchiveError, match="unpacks to 1001 bytes; Lambda takes 1000"):
        check_archive(packed({"big": b"0" * 1001}))


def test_too_many_entries_are_refused_before_they_are_read(packed: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_archive, "MAX_DIRECTORY_BYTES", 1000)
    with pytest.raises(InvalidArchiveError, match="too many entries"):
        check_archive(packed({f"{number}.py": b"" for number in range(50)}))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InvalidArchiveError, match="is no sound zip archive"):
        check_archive(tmp_path / "text.zip")
    with pytest.raises(InvalidArchiveError, match="cannot be read"):
        check_archive(tmp_path / "absent.zip")


@given(cut=st.integers(0, 150), flip=st.integers(0, 149))
def test_a_damaged_archive_is_refused_or_whole(tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "code.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", b"content" * 9)
    content = bytearray(path.read_bytes())
    content[flip % len(content)] ^= 0xFF
    path.write_bytes(content[: len(content) - cut % 3 * cut])
    try:
        check_archive(path)
        unpack_archive(path, folder / "out")
    except InvalidArchiveError as refused:
        assert "\n" not in str(refused)
