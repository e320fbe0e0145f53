"""The kept-alive links to the gateway: how many there are, which are free, and which are given up."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from infra.fanout.batch import Batch
from infra.fanout.dialer import Dialer
from infra.fanout.link import Link, Owner
from infra.fanout.outcome import Unanswered

TICK_SECONDS = 0.05
MOST_ROUNDS, PAUSE_SECONDS = 3, 0.1  # of opening links, and between the first two; then twice as long


@dataclass(frozen=True, slots=True)
class Patience:
    """How long anything may take, and how much may be open at once.

    `answer_seconds` is for a whole answer, from the moment its request was written. A link that was idle for
    `idle_seconds` is not trusted any more: the gateway, or a NAT on the way, may have dropped it without a word.
    """

    connect_seconds: float = 1.0
    answer_seconds: float = 2.0
    idle_seconds: float = 50.0
    most_links: int = 128
    most_opening: int = 64


class Links:
    """Opens links while there is more work than free ones, at most `most_links`; each may serve any call.

    `owner` hears what its links hear; `unreachable` is called when none is open and three rounds of opening some, one
    after the other, have failed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dialer: Dialer,
        patience: Patience,
        owner: Owner,
        unreachable: Callable[[Unanswered], None],
        wanted: Callable[[], int],
    ) -> None:
        self._loop, self._dialer, self._patience, self._owner = loop, dialer, patience, owner
        self._unreachable, self._wanted = unreachable, wanted
        self._open: set[Link] = set()
        self._free: list[Link] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._ticking = self._pausing = False
        self._round = 0

    def take(self) -> Link | None:
        """A free link, the one last used: so the others grow old and go."""
        while self._free:
            link = self._free.pop()
            if not link.usable:
                continue
            if self._loop.time() - link.idle_since < self._patience.idle_seconds:
                return link
            link.abort()
        return None

    def put_back(self, link: Link) -> None:
        link.idle_since = self._loop.time()
        self._free.append(link)

    def grow(self) -> None:
        """Open as many as there is work waiting for, unless opening some has just failed."""
        room = min(
            self._wanted() - len(self._opening),
            self._patience.most_links - len(self._open) - len(self._opening),
            self._patience.most_opening - len(self._opening),
        )
        for _ in range(0 if self._pausing else room):
            task = self._loop.create_task(self._dial(self._round))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def watch(self) -> None:
        """See to it that overdue links are noticed."""
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK_SECONDS, self._tick)

    def opened(self, link: Link) -> None:
        self._open.add(link)
        self._round = 0

    def closed(self, link: Link) -> None:
        self._open.discard(link)
        if link.overdue_at is None and link in self._free:
            self._free.remove(link)

    def drop_as_old_as(self, stale: Link) -> None:
        """What was idle at least as long as a link that turned out dead is dead too, most likely."""
        for link in [one for one in self._free if one.idle_since <= stale.idle_since]:
            self._free.remove(link)
            link.abort()

    def abort(self, batch: Batch) -> None:
        """Give up what still waits for an answer to one of these sends."""
        for link in self._open:
            if link.send is not None and link.send.batch is batch:
                link.abort()

    def close(self) -> list[asyncio.Task[None]]:
        """Give up all of them; what was being opened is canceled, and answered, to be awaited."""
        opening = list(self._opening)
        for task in opening:
            task.cancel()
        for link in self._open:
            link.abort()
        return opening

    def _tick(self) -> None:
        now, busy = self._loop.time(), False
        for link in self._open:
            if link.overdue_at is not None:
                busy = True
                if link.overdue_at <= now:
                    link.abort(Unanswered.TIMED_OUT)
        self._ticking = False
        if busy:
            self.watch()

    async def _dial(self, number: int) -> None:
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                await self._dialer.dial(lambda: Link(self._owner))
        except ssl.SSLCertVerificationError:
            self._unreachable(Unanswered.UNTRUSTED)
        except (OSError, TimeoutError):
            self._failed(number)

    def _failed(self, number: int) -> None:
        """The first failure ends its round; the next begins after a pause."""
        if number == self._round:
            self._round += 1
            self._pausing = True
            self._loop.call_later(PAUSE_SECONDS * 2**number, self._resume)
        if self._round == MOST_ROUNDS:
            self._round -= 1  # whoever comes next has one round, not three
            if not self._open:
                self._unreachable(Unanswered.UNREACHABLE)

    def _resume(self) -> None:
        self._pausing = False
        self.grow()
