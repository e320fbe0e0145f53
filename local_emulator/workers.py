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
# A thread that takes so many jobs in that time has quick ones: it needs no help.
PATIENCE_SECONDS = 0.01
QUICK_JOBS = 4

Job = tuple[Callable[[], Any], "asyncio.Future[Any]"] | None


class Workers:
    """Runs blocking calls off the event loop: a handler that posts back to the gateway would dead-lock it there.

    One wake-up of the loop brings back all results that have gathered, which costs half of what
    `run_in_executor` does. Threads are made when the ones there are make no headway, and not one for each call: threads
    with quick handlers only fight over Python's lock. They are daemons: a handler that hangs cannot keep the process
    from ending.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._lock = threading.Lock()
        self._waking = False
        self._watching = False
        self._submitted = 0
        self._busy = 0
        self._threads = 0

    def submit(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run `call` in a thread; to be called on the event loop."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._busy += 1
        self._submitted += 1
        self._jobs.put((call, future))
        if self._threads == 0:
            self._add_threads(1)
        elif self._busy > self._threads and not self._watching:
            self._watch()
        return future

    def _watch(self) -> None:
        self._watching = True
        self._loop.call_later(PATIENCE_SECONDS, self._judge, self._submitted, self._taken)

    def _judge(self, submitted: int, taken_before: int) -> None:
        """Add threads if a job that was there when the watch began still waits, and few others were taken meanwhile."""
        self._watching = False
        waiting = self._jobs.qsize()
        headway = self._taken - taken_before
        if submitted > self._taken and headway < QUICK_JOBS * self._threads:
            self._add_threads(waiting)
        if waiting:
            self._watch()

    @property
    def _taken(self) -> int:
        return self._submitted - self._jobs.qsize()

    def _add_threads(self, count: int) -> None:
        for _ in range(min(count, MOST_THREADS - self._threads)):
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()

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
            if future.done():  # cancelled, or its time was up
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)
