"""Threads for calls that wait for somebody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
SecondsLeft = Callable[[], float]  # of an invocation, for what is yet to be begun; 0 or less: begin nothing


class WorkerPool:
    """A few threads for as long as the process lives; they start with the first work for two."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")

    def map(self, do: Callable[[Item], Result], things: Sequence[Item]) -> list[Result]:
        """Do it with each, at once; the answers stand in the order of the things. One alone needs no thread."""
        if len(things) == 1:
            return [do(things[0])]
        return list(self._threads.map(do, things))
