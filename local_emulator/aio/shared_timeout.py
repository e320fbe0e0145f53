"""A time limit that many calls share, for the price of a dictionary's entry: a timer of its own costs each far more."""

from __future__ import annotations

import asyncio
from typing import Any


class Deadline:
    """Ends the waiting for futures after `seconds`.

    All wait equally long, so who began first is due first: one timer, for the first of them, is enough.
    """

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._due: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, future: asyncio.Future[Any]) -> None:
        """Let a future fail with TimeoutError when its time is up; a result that comes later is lost."""
        self._due[future] = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)

    def end(self, future: asyncio.Future[Any]) -> None:
        """Nobody waits for it any more."""
        del self._due[future]

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for future, due in self._due.items():
            if due > now:
                self._timer = self._loop.call_at(due, self._look)
                return
            if not future.done():
                future.set_exception(TimeoutError())
