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
# Threads that take so many jobs each in that time have quick ones: they need no help.
PATIENCE_SECONDS = 0.01
QUICK_JOBS = 4
MOMENT_SECONDS = 0.002

Job = tuple[Callable[[], Any], "asyncio.Future[Any]", bool]


class Workers:
    """Runs blocking calls off the event loop: a handler that posts back to the gateway would dead-lock it there.

    Every switch between threads costs as much as a quick handler itself, and only one of them can have Python's lock.
    So the jobs of one turn of the loop are handed over together; those that are known to be quick wake one thread for
    all of them, and the loop stands aside for that moment. Of other jobs one wake-up of the loop brings back all
    results that have gathered. Threads are made when the ones there are make no headway. They
    are daemons: a handler that hangs cannot keep the process from ending.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[Job] = deque()
        self._new: list[Job] = []
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._wakes_wanted, self._all_quick = 0, False
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._waking = False
        self._standing_aside = False
        self._drained = threading.Lock()
        self._drained.acquire()
        self._watching = False
        self._submitted = 0
        self._busy = 0
        self._threads = 0

    def submit(self, call: Callable[[], Any], *, quick: bool = False) -> asyncio.Future[Any]:
        """Run `call` in a thread; to be called on the event loop. `quick` ones may have to wait for each other."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._new:
            self._loop.call_soon(self._hand_over)
            self._wakes_wanted, self._all_quick = 1, quick
        elif not quick:
            self._wakes_wanted, self._all_quick = self._wakes_wanted + 1, False
        self._new.append((call, future, quick))
        return future

    def stop(self) -> None:
        """Let every thread end after the job it has: nobody waits for the others any more."""
        self._jobs.clear()
        for _ in range(self._threads):
            self._wakes.put(False)

    def _hand_over(self) -> None:
        count = len(self._new)
        stands_aside = self._all_quick and self._busy < self._threads
        self._busy += count
        self._submitted += count
        self._jobs.extend(self._new)
        self._new.clear()
        self._standing_aside = stands_aside
        for _ in range(self._wakes_wanted):
            self._wakes.put(True)
        if self._threads == 0:
            self._add_threads(1)
        if stands_aside:
            self._stand_aside()
        if (self._busy > self._threads or count > self._wakes_wanted) and not self._watching:
            self._watch()

    def _stand_aside(self) -> None:
        """Let an idle thread have Python's lock until it has done the jobs, but not for long: one may need the loop."""
        self._drained.acquire(timeout=MOMENT_SECONDS)
        self._standing_aside = False
        self._settle()

    def _watch(self) -> None:
        self._watching = True
        self._loop.call_later(PATIENCE_SECONDS, self._judge, self._submitted, self._taken)

    def _judge(self, submitted: int, taken_before: int) -> None:
        """Wake and add threads if a job that was there when the watch began still waits, and few others were taken."""
        self._watching = False
        self._settle()
        waiting, taken = len(self._jobs), self._taken
        if submitted > taken and taken - taken_before < QUICK_JOBS * self._threads:
            for _ in range(waiting):
                self._wakes.put(True)
            self._add_threads(min(waiting, self._busy - self._threads))
        if waiting:
            self._watch()

    @property
    def _taken(self) -> int:
        return self._submitted - len(self._jobs)

    def _add_threads(self, count: int) -> None:
        for _ in range(min(count, MOST_THREADS - self._threads)):
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()

    def _work(self) -> None:
        while self._wakes.get():
            with contextlib.suppress(IndexError):  # there are none, or another thread took the last
                while True:
                    self._run(*self._jobs.popleft())
            if self._standing_aside:
                self._standing_aside = False
                with contextlib.suppress(RuntimeError):  # it was told already
                    self._drained.release()
            else:
                self._hand_back()

    def _run(self, call: Callable[[], Any], future: asyncio.Future[Any], quick: bool) -> None:
        if not quick:
            self._hand_back()  # what is done does not wait for it
        try:
            result, error = call(), None
        except BaseException as raised:
            result, error = None, raised
        self._done.append((future, result, error))

    def _hand_back(self) -> None:
        if self._done and not self._waking:  # a wake-up that is under way has not begun to take results
            self._waking = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
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
