"""Limits the calls of a function that run at once."""

from __future__ import annotations

from collections import Counter

from local_emulator.deployment import Function


class ThrottledError(Exception):
    """Lambda does not take a call: the function's reserved concurrency is in use. The message names the function."""

    def __init__(self, name: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(name)
        self.retry_after_seconds = retry_after_seconds


class ReservedConcurrency:
    """Counts what runs of the functions that reserve concurrency.

    Documented: a call beyond ReservedConcurrentExecutions is throttled, and 0 stops a function.
    (Lambda Developer Guide, configuration-concurrency.)
    """

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    def take(self, function: Function) -> None:
        """A call begins. Raises ThrottledError."""
        if self._running[function.logical_id] >= (function.reserved_concurrency or 0):
            raise ThrottledError(function.logical_id)
        self._running[function.logical_id] += 1

    def give_back(self, function: Function) -> None:
        """A call has ended."""
        self._running[function.logical_id] -= 1
