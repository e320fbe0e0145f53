"""A plugin for ocrmypdf, which runs in its process and prints its progress: it draws no bar without a terminal."""

import sys
from types import TracebackType
from typing import Self

from ocrmypdf import hookimpl  # type: ignore[import-not-found]  # it is imported by ocrmypdf alone


class PrintedBar:
    """One of ocrmypdf's progress bars, as lines on standard error (ocrmypdf, "Plugins": ProgressBar)."""

    def __init__(
        self, *, total: float | None, desc: str | None, unit_scale: float | None = None, **options: object
    ) -> None:
        self._desc, self._done, self._scale = desc, 0.0, unit_scale or 1.0
        self._total = (total or 0.0) * self._scale

    def __enter__(self) -> Self:
        """Prints that nothing is done."""
        self.update(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Prints nothing: the exit status is the end."""

    def update(self, n: float = 1, *, completed: float | None = None) -> None:
        """Prints what is done after `n` more units, or after `completed` ones."""
        self._done = self._done + n * self._scale if completed is None else completed * self._scale
        print(f"progress of {self._desc}: {self._done:g} of {self._total:g}", file=sys.stderr, flush=True)


@hookimpl  # type: ignore[untyped-decorator]  # its types are not known here
def get_progressbar_class() -> type[PrintedBar]:
    """Returns the class of all bars."""
    return PrintedBar
