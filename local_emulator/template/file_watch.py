"""Notices changes of a few files, by their time, size and inode."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

LOOK_SECONDS = 0.25

Stamp = tuple[int, int, int] | None


class FileWatch:
    """The files of a template, which may differ after each reading.

    Each is known by its path, so an editor may write it or put another in its place.
    """

    def __init__(self, files: Callable[[], Sequence[Path]], look_seconds: float = LOOK_SECONDS) -> None:
        self._files = files
        self._look_seconds = look_seconds
        self._seen = self._stamps()

    async def run(self, changed: Callable[[], Awaitable[bool]]) -> None:
        """Calls `changed` after each change, once the files have been the same for two looks; runs until cancelled.

        An editor may write a file in parts. `changed` returns False if what it found cannot be used; it is then called
        again at each look. The reason may be another file, such as a folder of code that is not there yet.
        """
        usable = True
        while True:
            await asyncio.sleep(self._look_seconds)
            if (stamps := self._stamps()) == self._seen and usable:
                continue
            while stamps != self._seen:
                self._seen = stamps
                await asyncio.sleep(self._look_seconds)
                stamps = self._stamps()
            usable = await changed()
            self.take_new_files()

    def take_new_files(self) -> None:
        """Takes the files that a reading has found first, as they are now."""
        self._seen = {file: self._seen.get(file, stamp) for file, stamp in self._stamps().items()}

    def _stamps(self) -> dict[Path, Stamp]:
        return {file: stamp_of(file) for file in self._files()}


def stamp_of(file: Path) -> Stamp:
    """Returns what tells one content of a file from another; None without the file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
