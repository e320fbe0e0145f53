"""Notices that files have changed, at the price of a look at the clock for most calls."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

LOOK_SECONDS = 0.1
# Of a folder whose process does not report what it has loaded.
MAX_FILES = 2000

Stamp = tuple[int, int] | None
CHANGED: Stamp = (-1, -1)

OWN_FOLDER = str(Path(__file__).parents[1])
INSTALLED = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "purelib", "platlib"))


class Watch:
    """The files of a function's loaded modules, as they were when they were loaded. Times are epoch seconds."""

    def __init__(self) -> None:
        self._seen: dict[str, Stamp] = {}
        self._looked = 0.0

    def add(self, files: Iterable[str], started: float, now: float) -> None:
        """Files loaded between `started` and `now`; one written in between may have been read before or after.

        A file that is known stays as it was known: another process may still have that in it.
        """
        for file in files:
            if file not in self._seen:
                stamp = _stamp(file)
                during = stamp is not None and started <= stamp[0] / 1e9 <= now
                self._seen[file] = CHANGED if during else stamp

    def changed(self, now: float) -> list[str]:
        """The files that have changed since they were added, or since they were reported; at most once in 0.1 s."""
        if 0 <= now - self._looked < LOOK_SECONDS:
            return []
        self._looked = now
        stamps = {file: _stamp(file) for file in self._seen}
        changed = [file for file, stamp in stamps.items() if stamp != self._seen[file]]
        self._seen = stamps
        for file in changed:
            forget_bytecode(file)
        return changed


def files_of(folders: Iterable[str]) -> list[str]:
    """Returns the files in folders of code, without installed packages and hidden folders; at most MAX_FILES."""
    return list(islice(_files(folders), MAX_FILES))


def _files(folders: Iterable[str]) -> Iterator[str]:
    for top in folders:
        for folder, inner, names in os.walk(top):
            inner[:] = [name for name in inner if name != "node_modules" and not name.startswith(".")]
            yield from (os.path.join(folder, name) for name in names)


def is_watched(file: str, folders: tuple[str, ...]) -> bool:
    """Returns True for a file of the function: under its folders, neither installed nor of the emulator."""
    return file.startswith(folders) and not file.startswith((*INSTALLED, OWN_FOLDER)) and "site-packages" not in file


def forget_bytecode(file: str) -> None:
    """Python takes cached bytecode for current if second and size are as they were, so an edit could go unseen."""
    with contextlib.suppress(OSError, NotImplementedError):
        os.unlink(importlib.util.cache_from_source(file))


def _stamp(file: str) -> Stamp:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
