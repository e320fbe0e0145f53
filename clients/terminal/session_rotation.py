"""Opens the successor of a session before that is too old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from clients.terminal.backoff import backoff_ms
from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.rotation import delay_seconds
from clients.terminal.session import Session

TRIES = 5  # the back-off of a failed successor is that after so many failures


class RunningSession(NamedTuple):
    """A session, and the task that runs it."""

    session: Session
    ending: asyncio.Task[ConnectionEnd]


class SessionRotation:
    """Runs sessions that follow each other without a gap; `begin` starts one, `chance` is from 0 to 1."""

    def __init__(self, begin: Callable[[], RunningSession], chance: Callable[[], float]) -> None:
        self._begin = begin
        self._chance = chance
        self._under_way: set[asyncio.Task[ConnectionEnd]] = set()

    async def run(self) -> tuple[Session, ConnectionEnd]:
        """Runs until a session ends without a successor; returns it and its end."""
        try:
            current = self._next()
            while successor := await self._follow(current):
                current.ending.cancel()  # the server closes it as replaced unless this comes first
                current = successor
            return current.session, current.ending.result()
        finally:
            for ending in self._under_way:
                ending.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _follow(self, current: RunningSession) -> RunningSession | None:
        """Returns the successor once it has the whole list or is the only one; None if the session ends without one."""
        await self._until_due(current)
        while not current.ending.done():
            successor = self._next()
            live = asyncio.create_task(successor.session.live.wait())
            await asyncio.wait({current.ending, successor.ending, live}, return_when=asyncio.FIRST_COMPLETED)
            live.cancel()
            if not successor.ending.done():
                return successor
            await asyncio.wait({current.ending}, timeout=self._retry_seconds(successor.ending.result()))
        return None

    async def _until_due(self, current: RunningSession) -> None:
        """Waits until a successor is due or the session has ended."""
        warned = current.session.closes_in
        either: set[asyncio.Future[Any]] = {current.ending, warned}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if warned.done():
            await asyncio.wait({current.ending}, timeout=delay_seconds(warned.result(), self._chance()))

    def _retry_seconds(self, end: ConnectionEnd) -> float | None:
        """Returns the seconds until the next successor; None if the server allows none."""
        if not end.reconnect:
            return None
        return max(end.retry_after_ms * (1 + self._chance() / 2), backoff_ms(TRIES, self._chance())) / 1000

    def _next(self) -> RunningSession:
        session = self._begin()
        self._under_way.add(session.ending)
        session.ending.add_done_callback(self._under_way.discard)
        return session
