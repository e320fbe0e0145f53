"""A callback for fsspec, which moves files between file systems."""

import functools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from .reporter import UploadReporter


class FsspecCallback:
    """Counts the bytes of `put_file`, `get_file` and so on, or those of all files of `put` (fsspec.callbacks.Callback).

    `put` counts files on the callback that it is given, and bytes on one child for each file. Here only bytes count.
    Their total is the caller's `bytes_total`; the size of a single file is learned.
    """

    def __init__(self, report: "UploadReporter", *, is_child: bool = False) -> None:
        self._report, self._is_child = report, is_child
        self._size: int | None = None
        self._value, self._has_children = 0, False

    def set_size(self, size: int | None) -> None:
        """Keeps the size until it is clear that it is one of bytes."""
        self._size = size

    def absolute_update(self, value: int) -> None:
        """Records that `value` bytes of this file are transferred."""
        self.relative_update(value - self._value)

    def relative_update(self, inc: int = 1) -> None:
        """Records `inc` more bytes."""
        if self._has_children:
            return  # these are files
        if not self._is_child:
            self._report.learn_total(self._size)
        self._value += inc
        self._report(inc)

    def wrap(self, iterable: Iterable[Any]) -> Iterator[Any]:
        """Yields the files of a transfer; they do not count."""
        yield from iterable

    def branched(self, path_1: str, path_2: str, **kwargs: object) -> "FsspecCallback":
        """Returns the callback of one of several files."""
        self._has_children = True
        return FsspecCallback(self._report, is_child=True)

    def branch_coro(self, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Returns `function` with a callback of its own for each file."""
        self._has_children = True

        @functools.wraps(function)
        async def branched(path_1: str, path_2: str, **kwargs: Any) -> Any:
            return await function(path_1, path_2, callback=self.branched(path_1, path_2), **kwargs)

        return branched

    def __enter__(self) -> Self:
        """Does nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Does nothing: the reporter's own block ends the upload."""

    def close(self) -> None:
        """Does nothing, either."""
