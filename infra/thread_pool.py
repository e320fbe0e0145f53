"""A thread pool for calls that wait for outside systems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
SecondsLeft = Callable[[], float]  # of an invocation, for new work; at 0 or less nothing new begins


class WorkerPool:
    """Threads that live as long as the process; they start with the first call for two items."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Calls `function` for each item, concurrently, and returns the results in order. One item needs no thread."""
        if len(items) == 1:
            return [function(items[0])]
        return list(self._threads.map(function, items))
