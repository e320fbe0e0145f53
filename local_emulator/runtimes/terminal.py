"""The emulator's terminal, while debuggers of functions have it: one at a time, and the console waits."""

from __future__ import annotations

from local_emulator.activity_log import Journal
from local_emulator.runtimes.execution_environment import ExecutionEnvironment


class DebuggerTerminal:
    """Grants the terminal in the order of the requests."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._queue: list[ExecutionEnvironment] = []

    def take(self, environment: ExecutionEnvironment) -> None:
        """Grants the terminal as soon as it is free."""
        self._queue.append(environment)
        if len(self._queue) == 1:
            self._grant()

    def release(self, environment: ExecutionEnvironment) -> None:
        """Gives the terminal to the next debugger, or back to the console."""
        first = self._queue[0] is environment
        self._queue.remove(environment)
        if self._queue and first:
            self._grant()
        elif not self._queue:
            self._journal.resume()

    def _grant(self) -> None:
        self._journal.pause()
        self._queue[0].grant_terminal()
