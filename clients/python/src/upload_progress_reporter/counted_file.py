"""A file that tells how far it has been read, for clients without a progress callback."""

import io
from collections.abc import Callable
from typing import BinaryIO


class CountedFile(io.BufferedIOBase):
    """Reads from `fileobj` and reports each step as a delta in bytes, as boto3's callbacks do.

    Only reading counts, up to the position that was read: a client that measures the file by seeking to its
    end reports nothing, and one that rewinds and reads again reports the way back as a negative delta.
    The first `skip_passes` readings do not count: some clients read everything once for a checksum, before
    they rewind and send it.
    """

    def __init__(self, fileobj: BinaryIO, add: Callable[[int], None], *, skip_passes: int = 0) -> None:
        self._file, self._add, self._skip = fileobj, add, skip_passes
        self._pass_began = False
        self._start = self._position = self._counted = fileobj.tell() if fileobj.seekable() else 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, all of the rest if it is negative or None."""
        return self._advance(self._file.read(-1 if size is None else size))

    def read1(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes with at most one raw read, where the file can."""
        return self._advance(getattr(self._file, "read1", self._file.read)(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read one line of at most `size` bytes."""
        return self._advance(self._file.readline(-1 if size is None else size))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move; progress follows only when something is read there."""
        self._position = self._file.seek(offset, whence)
        if self._pass_began and self._position <= self._start:
            self._pass_began, self._skip = False, max(0, self._skip - 1)
        return self._position

    def tell(self) -> int:
        """Return the position in the file."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Tell whether the file can seek."""
        return self._file.seekable()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def fileno(self) -> int:
        """Return the file's descriptor; clients ask for its size with it."""
        return self._file.fileno()

    @property
    def name(self) -> str:
        """The file's name, if it has one."""
        return self._file.name

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        """Leave the file open: unlike io's own wrappers, this one does not own what it reads."""

    def _advance(self, data: bytes) -> bytes:
        if data:
            self._position += len(data)
            self._pass_began = True
            if not self._skip:
                self._add(self._position - self._counted)
                self._counted = self._position
        return data


def size_left(fileobj: BinaryIO) -> int | None:
    """Bytes from the position of `fileobj` to its end; None if it cannot seek."""
    if not fileobj.seekable():
        return None
    position = fileobj.tell()
    size = fileobj.seek(0, io.SEEK_END) - position
    fileobj.seek(position)
    return max(0, size)
