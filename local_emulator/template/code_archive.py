"""Checks and unpacks the zip archives that hold the code of functions and layers."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

MAX_UNPACKED_BYTES = 262_144_000
"""Maximum size of code with its layers (Lambda quotas, "Deployment package size": 250 MB unzipped)."""
MAX_DIRECTORY_BYTES = 32_000_000  # of the list of entries, which Python's zipfile reads into memory at once
MAX_LINK_BYTES = 4096
MAX_CHECKED_ENTRIES = 2000  # reading more would delay the start; `unpack_archive` finds what is damaged among them
END = struct.Struct("<4s4H2LH")  # end of central directory record (APPNOTE.TXT, section 4.3.16)


class InvalidArchiveError(ValueError):
    """An archive that cannot be unpacked, or that Lambda would refuse. Its text continues the archive's name."""


def check_archive(path: Path) -> None:
    """Checks names and sizes, and the content of an archive of few entries. Raises InvalidArchiveError."""
    try:
        found = path.stat()
    except OSError as error:
        raise InvalidArchiveError(f"cannot be read: {error.strerror}") from error
    _check(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _check(path: Path, mtime_ns: int, size: int) -> None:
    """Checks an archive once for all functions that share it, until it changes."""
    with _opened(path) as archive:
        few = len(archive.infolist()) <= MAX_CHECKED_ENTRIES
        damaged = archive.testzip() if few else None
        if damaged is not None:
            raise InvalidArchiveError(f"is damaged: the checksum of {damaged} is wrong")


def unpack_archive(path: Path, folder: Path) -> None:
    """Makes `folder` hold what the archive holds; files whose content stays are not written again.

    Raises InvalidArchiveError.
    """
    with _opened(path) as archive:
        wanted = {_plain_name(info): info for info in archive.infolist() if not info.is_dir()}
        _remove_others(folder, set(wanted))
        links = [name for name, info in wanted.items() if _is_link(info)]
        for name, info in wanted.items():
            if name not in links:
                _write(folder / name, archive.read(info), info.external_attr >> 16)
        for name in links:  # after the files, so that no file is written through a link
            _link(folder, name, archive.read(wanted[name]).decode())


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, struct.error) as error:
        raise InvalidArchiveError(f"is no sound zip archive: {' '.join(str(error).split())}") from error
    except (NotImplementedError, RuntimeError) as error:  # a compression or encryption that zipfile does not know
        raise InvalidArchiveError(f"cannot be unpacked: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise InvalidArchiveError(f"cannot be unpacked: {error.strerror or error}") from error


def _check_directory(path: Path) -> None:
    """Raises InvalidArchiveError for a list of entries that is too long to be read."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - END.size - 0xFFFF))
        tail = file.read()
    start = len(tail) - END.size if tail[-END.size :].startswith(b"PK\5\6") else tail.rfind(b"PK\5\6")
    if 0 <= start <= len(tail) - END.size and END.unpack_from(tail, start)[5] > MAX_DIRECTORY_BYTES:
        raise InvalidArchiveError("has too many entries")


def _check_entries(archive: zipfile.ZipFile) -> None:
    for info in archive.infolist():
        _plain_name(info)
        if _is_link(info) and info.file_size > MAX_LINK_BYTES:
            raise InvalidArchiveError(f"has a link {info.filename} whose target is too long")
    # zipfile reads at most the size that an entry declares.
    total = sum(info.file_size for info in archive.infolist())
    if total > MAX_UNPACKED_BYTES:
        raise InvalidArchiveError(f"unpacks to {total} bytes; Lambda takes {MAX_UNPACKED_BYTES}")


def _plain_name(info: zipfile.ZipInfo) -> str:
    path = PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in info.filename or not path.parts:
        raise InvalidArchiveError(f"has the entry {info.filename!r}, which leads out of its folder")
    return str(path)


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Removes links, and files that the archive has no more."""
    for place in folder.rglob("*"):
        if place.is_symlink() or (place.is_file() and str(place.relative_to(folder)) not in wanted):
            place.unlink()


def _write(path: Path, content: bytes, mode: int) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    if not path.is_file() or path.read_bytes() != content:
        try:
            path.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
    if mode & 0o111:
        path.chmod(0o600 | mode & 0o755)


def _link(folder: Path, name: str, target: str) -> None:
    """Links to what stands in the same archive.

    Only the beginning of a target may be `..`, and no parent may be a link: so a target is where its text says.
    """
    path, parts = folder / name, PurePosixPath(target).parts
    ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    inside = ups < len(PurePosixPath(name).parts) and ".." not in parts[ups:] and not target.startswith("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not inside or path.parent.resolve() != folder.resolve() / PurePosixPath(name).parent:
        raise InvalidArchiveError(f"has a link {name} to {target!r}, which leads out of its folder")
    path.symlink_to(target)
