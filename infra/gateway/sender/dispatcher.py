"""Gives queued sends to free links, and decides what follows from each answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from infra.gateway.sender.batch import Batch, Send
from infra.gateway.sender.connection import Link
from infra.gateway.sender.connector import Dialer
from infra.gateway.sender.outcome import Outcome, Unanswered
from infra.gateway.sender.pool import Links
from infra.gateway.sender.retry_policy import MAX_TRIES, pause, retry_after_seconds
from infra.gateway.sender.server_clock import Clock
from infra.gateway.sender.timeouts import Patience

FORBIDDEN = 403


class Dispatcher:
    """Runs in the loop's thread alone. Whoever waits to be tried again waits in a timer and holds no link."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dialer: Dialer,
        patience: Patience,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._loop, self._clock, self._chance = loop, clock, chance
        self._patience = patience
        self._queue: deque[Send] = deque()
        self._links = Links(loop, dialer, patience, self, self._fail_queued, lambda: len(self._queue))

    def start(self, batch: Batch) -> None:
        batch.timer = self._loop.call_at(batch.deadline, self._give_up, batch)
        self._queue.extend(batch.sends())
        self._feed()

    def close(self) -> list[asyncio.Task[None]]:
        """Stop at once; answers the tasks to be awaited."""
        self._fail_queued(Unanswered.OUT_OF_TIME)
        return self._links.close()

    def opened(self, link: Link) -> None:
        self._links.opened(link)
        self.free(link)
        self._feed()

    def free(self, link: Link) -> None:
        if self._queue:
            self._write(link, self._queue.popleft())
        else:
            self._links.put_back(link)

    def answered(self, send: Send, status: int, headers: dict[str, str]) -> None:
        if status < 300:
            send.settle(status)
        elif status == FORBIDDEN and self._was_skewed(send, headers):
            self._again(send)
        else:
            now = self._clock.now()
            self._weigh(send, status, retry_after_seconds(headers.get("retry-after", ""), now))

    def closed(self, link: Link, send: Send | None, why: Unanswered) -> None:
        self._links.closed(link)
        if send is not None and not send.batch.over:
            self._lost(link, send, why)
        self._feed()

    def _lost(self, link: Link, send: Send, why: Unanswered) -> None:
        """The first time on a link that was dead already costs no try."""
        if link.stale and why is Unanswered.LOST and not send.restarted:
            self._links.drop_as_old_as(link)
            send.restarted = True
            send.tries -= 1
            self._queue.appendleft(send)
        else:
            self._weigh(send, why)

    def _feed(self) -> None:
        while self._queue:
            link = self._links.take()
            if link is None:
                self._links.grow()
                return
            self.free(link)

    def _write(self, link: Link, send: Send) -> None:
        send.tries += 1
        link.write(send, send.request(self._clock.now()), self._loop.time() + self._patience.answer_seconds)
        self._links.watch()

    def _weigh(self, send: Send, outcome: Outcome, retry_after: float | None = None) -> None:
        """Try again after a pause if that may help and time allows; else the outcome stands."""
        taken = send.batch.is_mostly_taken
        wait = pause(outcome, send.tries, retry_after, self._chance(), among_taken=taken)
        if wait is None or self._loop.time() + wait >= send.batch.deadline:
            send.settle(outcome)
        else:
            self._loop.call_later(wait, self._again, send)

    def _again(self, send: Send) -> None:
        if not send.batch.over:
            self._queue.append(send)
            self._feed()

    def _was_skewed(self, send: Send, headers: dict[str, str]) -> bool:
        return send.tries < MAX_TRIES and self._clock.correct(headers.get("date", ""), send.signed_at)

    def _fail_queued(self, why: Unanswered) -> None:
        while self._queue:
            self._queue.popleft().settle(why)

    def _give_up(self, batch: Batch) -> None:
        batch.give_up()
        self._queue = deque(send for send in self._queue if send.batch is not batch)
        self._links.abort(batch)
