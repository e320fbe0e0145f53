"""Runs a coroutine to its first wait at once: a task, which begins a turn later, costs more than a message."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Errand:
    """Drives a coroutine to its end, on the loop and outside any task. What it raises goes to the loop's handler.

    It may await futures and tasks; what asks for the current task, as `asyncio.timeout` does, needs one of its own.
    If what it waits for is cancelled, it ends there, as a task does: the emulator is stopping.
    """

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._go_on()

    def _go_on(self, waited_for: asyncio.Future[Any] | None = None) -> None:
        try:
            future = self._coroutine.send(None)
        except (StopIteration, asyncio.CancelledError):
            return
        except Exception as raised:
            context = {"message": "a message could not be handled", "exception": raised}
            asyncio.get_running_loop().call_exception_handler(context)
            return
        if future is None:  # as of sleep(0)
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            future._asyncio_future_blocking = False  # how asyncio's own tasks tell that they have seen it
            future.add_done_callback(self._go_on)
