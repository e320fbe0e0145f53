"""The kept-alive links to the gateway: how many there are, which are free, and which are given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from infra.gateway.sender.batch import Batch
from infra.gateway.sender.connect_rounds import Opening
from infra.gateway.sender.connection import Link, Owner
from infra.gateway.sender.connector import Dialer
from infra.gateway.sender.outcome import Unanswered
from infra.gateway.sender.timeouts import Patience

TICK_SECONDS = 0.05
READ_BYTES = 16 * 1024


class Links:
    """Opens links while more work is `wanted` than is free, at most `max_connections`; each may serve any call.

    `owner` hears what its links hear; `unreachable` is called when none is open and none can be opened.
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
        self._loop, self._patience, self._owner = loop, patience, owner
        self._unreachable, self._wanted = unreachable, wanted
        self._opening = Opening(loop, dialer, patience.connect_seconds, self._cannot_open, self.grow)
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._open: set[Link] = set()
        self._free: list[Link] = []
        self._ticking = False

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
        """Begin to open as many as there is work waiting for."""
        opening = len(self._opening)
        room = (
            min(self._wanted(), self._patience.max_opening, self._patience.max_connections - len(self._open)) - opening
        )
        self._opening.open(room, lambda: Link(self._owner, self._buffer))

    def watch(self) -> None:
        """See to it that overdue links are noticed."""
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK_SECONDS, self._tick)

    def opened(self, link: Link) -> None:
        self._open.add(link)
        self._opening.succeeded()

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
        """Give up all of them; answers what is to be awaited."""
        for link in self._open:
            link.abort()
        return self._opening.cancel()

    def _cannot_open(self, why: Unanswered) -> None:
        if not self._open:
            self._unreachable(why)

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
