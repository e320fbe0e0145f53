"""Counts the bytes that are read of a body."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from .harmless import harmless

log = logging.getLogger("upload_progress_reporter")


class Reading:
    """Turns what a client reads into deltas in bytes, as boto3's callbacks get them.

    Only reading counts, up to the position that was read: a client that measures the file by seeking to its
    end reports nothing. A client that rewinds and reads again reports the way back as a negative delta.
    The first `skip_passes` readings do not count: some clients read everything once for a checksum, before
    they rewind and send it. The next attempt, which has another `run_id`, has no bytes yet: in it the same
    body counts from its start.

    Each public method takes the result of a call and returns it, or an iterator over the same items.
    """

    def __init__(self, file: Any, add: Callable[[int], None], skip_passes: int, run_id: Callable[[], object]) -> None:
        self._file, self._add, self._run_id = file, add, run_id
        self._skip_passes = self._skip = skip_passes
        self._run = run_id()
        self._pass_began = self._warned = False
        self._start = self._position = self._counted = self._tell() or 0

    def data(self, data: Any) -> Any:
        """Counts the data read; None, which a file that would block returns, is no data."""
        self._advance(data)
        return data

    def lines(self, lines: Any) -> Any:
        """Counts a list of lines."""
        if isinstance(lines, list):
            for line in lines:
                self._advance(line)
        return lines

    def count(self, count: Any) -> Any:
        """Counts as many bytes as were read into a buffer of the caller."""
        self._step(count or 0)
        return count

    def everything(self, data: Any) -> Any:
        """Counts the bytes of the whole file, which `getvalue` returns from any position."""
        self._counted, self._start, self._position = self._counted - self._start, 0, 0
        return self.data(data)

    def position(self, position: Any) -> Any:
        """Takes on the position that `seek` returned; older files return none there."""
        self._move(position)
        return position

    def items(self, items: Any) -> Any:
        """Counts the items of an iterator, which may be asynchronous, as they are taken."""
        self._begin()
        return self._counted_items(items)

    def chunks(self, items: Any) -> Any:
        """Counts what Django's `chunks` yields, which seeks to the file's beginning first."""
        self._move(0)
        return self._counted_items(items)

    def _counted_items(self, items: Any) -> Any:
        if hasattr(items, "__aiter__"):
            return self._async_items(items)
        return map(self.data, items) if hasattr(items, "__iter__") else items

    async def _async_items(self, items: Any) -> AsyncIterator[Any]:
        async for item in items:
            yield self.data(item)

    @harmless
    def _advance(self, data: Any) -> None:
        try:
            self._step(0 if data is None else memoryview(data).nbytes)
        except TypeError:
            if not self._warned:
                log.warning("A body yields %s, not bytes; it is not counted.", type(data).__name__)
            self._warned = True

    @harmless
    def _step(self, size: int) -> None:
        if size:
            if self._run != self._run_id():
                self._run, self._counted, self._skip = self._run_id(), self._start, self._skip_passes
            self._position += size
            self._pass_began = True
            if not self._skip:
                self._add(self._position - self._counted)
                self._counted = self._position

    @harmless
    def _begin(self) -> None:
        """Sets the start of an iteration: a stream without a position continues, other iterables start again."""
        goes_on = self._tell() is None and hasattr(self._file, "read")
        self._move(self._position if goes_on else None)

    @harmless
    def _move(self, position: object) -> None:
        if not isinstance(position, int):
            position = self._tell()
        self._position = self._start if position is None else position
        if self._pass_began and self._position <= self._start:
            self._pass_began, self._skip = False, max(0, self._skip - 1)

    def _tell(self) -> int | None:
        """Returns the position of the file; None if it has none, or only a coroutine returns it."""
        try:
            position = self._file.tell()
        except Exception:
            return None
        if isinstance(position, int):
            return position
        if hasattr(position, "close"):
            position.close()  # a coroutine that is not awaited
        return None
