"""Says on stderr how far a long measurement has come."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")


def steps(items: Iterable[T], what: str, out: TextIO | None = None) -> Iterator[T]:
    """Each item, after a word that its turn has come: on one line of a terminal, else on a line each."""
    out = out or sys.stderr
    every = list(items)
    for number, item in enumerate(every, 1):
        end = "\r" if out.isatty() else "\n"
        print(f"{what} {number} of {len(every)}", end=end, file=out, flush=True)
        yield item
    if out.isatty():
        print(" " * (len(what) + 24), end="\r", file=out, flush=True)
