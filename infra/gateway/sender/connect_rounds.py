"""Opens connections in rounds, and reports when none can be opened."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from infra.gateway.sender.connector import Connector
from infra.gateway.sender.outcome import NoResponse

MAX_ROUNDS, PAUSE_SECONDS = 3, 0.1  # of rounds connections, and between the first two; then twice as long


class ConnectRounds:
    """Groups failures in rounds with a pause between them; one success resets the count.

    `failed` is called after three failed rounds in a row, and at once for a refused certificate. From then on each call
    has one round only. `resume` is called after a pause.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connector: Connector,
        connect_seconds: float,
        failed: Callable[[NoResponse], None],
        resume: Callable[[], None],
    ) -> None:
        self._loop, self._connector, self._connect_seconds = loop, connector, connect_seconds
        self._failed, self._resume = failed, resume
        self._tasks: set[asyncio.Task[None]] = set()
        self._round, self._pausing = 0, False

    def __len__(self) -> int:
        """Returns the number of connections whose opening has begun."""
        return len(self._tasks)

    def open(self, number: int, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        """Begins to open `number` connections; none during a pause."""
        for _ in range(0 if self._pausing else number):
            task = self._loop.create_task(self._connect(self._round, protocol))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def succeeded(self) -> None:
        self._round = 0

    def cancel(self) -> list[asyncio.Task[None]]:
        """Cancels all; returns the tasks to await."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        return tasks

    async def _connect(self, number: int, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        try:
            async with asyncio.timeout(self._connect_seconds):
                await self._connector.connect(protocol)
        except ssl.SSLCertVerificationError:
            self._end_round(number)
            self._failed(NoResponse.UNTRUSTED)
        except (OSError, TimeoutError):
            if self._end_round(number):
                self._failed(NoResponse.UNREACHABLE)

    def _end_round(self, number: int) -> bool:
        """Ends a round at its first failure; returns True after the last round in a row."""
        if number == self._round:
            self._round += 1
            self._pausing = True
            self._loop.call_later(PAUSE_SECONDS * 2**number, self._go_on)
        last = self._round == MAX_ROUNDS
        self._round -= last
        return last

    def _go_on(self) -> None:
        self._pausing = False
        self._resume()
