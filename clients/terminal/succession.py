"""A connection and those that follow it, each opened before the one before it is too old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from clients.terminal.backoff import backoff_ms
from clients.terminal.conversation import Conversation
from clients.terminal.loss import Loss
from clients.terminal.rotation import delay_seconds

TRIES = 5  # the present connection is there: a successor that failed is followed by another one as after so many


class Talk(NamedTuple):
    """A conversation, and the task that carries it on to its end."""

    conversation: Conversation
    ending: asyncio.Task[Loss]


class Succession:
    """`begin` begins the next conversation; `chance` is from 0 to 1."""

    def __init__(self, begin: Callable[[], Talk], chance: Callable[[], float]) -> None:
        self._begin = begin
        self._chance = chance
        self._under_way: set[asyncio.Task[Loss]] = set()

    async def run(self) -> tuple[Conversation, Loss]:
        """Until a connection is lost that has no successor: answers it, and how it was lost."""
        try:
            current = self._next()
            while successor := await self._follow(current):
                current.ending.cancel()  # the server closes it as replaced, if we are not faster
                current = successor
            return current.conversation, current.ending.result()
        finally:
            for ending in self._under_way:
                ending.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _follow(self, current: Talk) -> Talk | None:
        """Its successor as soon as that knows the whole list, or is all there is; None if it ends without one."""
        await self._until_due(current)
        while not current.ending.done():
            successor = self._next()
            live = asyncio.create_task(successor.conversation.live.wait())
            await asyncio.wait({current.ending, successor.ending, live}, return_when=asyncio.FIRST_COMPLETED)
            live.cancel()
            if not successor.ending.done():
                return successor
            await asyncio.wait({current.ending}, timeout=self._patience(successor.ending.result()))
        return None

    async def _until_due(self, current: Talk) -> None:
        """Until it should have a successor, or has ended."""
        warned = current.conversation.closes_in
        either: set[asyncio.Future[Any]] = {current.ending, warned}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if warned.done():
            await asyncio.wait({current.ending}, timeout=delay_seconds(warned.result(), self._chance()))

    def _patience(self, loss: Loss) -> float | None:
        """Seconds until another successor is tried; None if the server wants none: then the present one lives on."""
        if not loss.reconnect:
            return None
        return max(loss.retry_after_ms * (1 + self._chance() / 2), backoff_ms(TRIES, self._chance())) / 1000

    def _next(self) -> Talk:
        talk = self._begin()
        self._under_way.add(talk.ending)
        talk.ending.add_done_callback(self._under_way.discard)
        return talk
