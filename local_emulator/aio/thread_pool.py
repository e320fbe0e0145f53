"""Threads for calls that block."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

MAX_THREADS = 256

Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class ThreadPool:
    """Runs blocking calls off the event loop.

    Its threads are daemons, unlike those of concurrent.futures: a call that hangs cannot keep the process from ending.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._unfinished = 0
        self._threads = 0
        self._stopped = False

    def submit(self, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Runs `call` in a thread and returns its result; must be called on the event loop."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._unfinished += 1
        self._jobs.put((call, future))
        if self._threads < min(self._unfinished, MAX_THREADS):
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()
        return future

    def stop(self) -> None:
        """Ends every thread after its current call; calls that have not begun never run."""
        self._stopped = True
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._stopped:
            call, future = job
            try:
                result, error = call(), None
            except BaseException as raised:
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._settle, future, result, error)

    def _settle(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self._unfinished -= 1
        if future.done():  # cancelled by its caller
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
