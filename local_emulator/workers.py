"""Threads that run handlers, and bring their results back to the event loop in bunches."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

MOST_THREADS = 256

Job = tuple[Callable[[], Any], "asyncio.Future[Any]"] | None


class Workers:
    """Runs blocking calls off the event loop: a handler that posts back to the gateway would dead-lock it there.

    One wake-up of the loop brings back all results that have gathered, which costs half of what
    `run_in_executor` does. Threads are made as they are needed and are daemons: a handler that hangs cannot
    keep the process from ending.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._lock = threading.Lock()
        self._waking = False
        self._busy = 0
        self._threads = 0

    def submit(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run `call` in a thread; to be called on the event loop."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._busy += 1
        if self._busy > self._threads < MOST_THREADS:
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()
        self._jobs.put((call, future))
        return future

    def stop(self) -> None:
        """Let every thread end once it has nothing to do."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, future = job
            try:
                result, error = call(), None
            except BaseException as raised:
                result, error = None, raised
            self._hand_back(future, result, error)

    def _hand_back(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self._done.append((future, result, error))
        with self._lock:
            if self._waking:
                return
            self._waking = True
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        with self._lock:
            self._waking = False
        while self._done:
            future, result, error = self._done.popleft()
            self._busy -= 1
            if future.cancelled():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)
