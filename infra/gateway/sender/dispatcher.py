"""Gives queued sends to free connections, and acts on each response."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from infra.gateway.sender.batch import Send, SendBatch
from infra.gateway.sender.connection import HttpConnection
from infra.gateway.sender.connector import Connector
from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.pool import ConnectionPool
from infra.gateway.sender.retry_policy import MAX_TRIES, pause, retry_after_seconds
from infra.gateway.sender.server_clock import ServerClock
from infra.gateway.sender.timeouts import Timeouts

FORBIDDEN = 403


class Dispatcher:
    """Runs only in the loop's thread. A send that waits for a retry holds no connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connector: Connector,
        timeouts: Timeouts,
        clock: ServerClock,
        chance: Callable[[], float],
    ) -> None:
        self._loop, self._clock, self._chance = loop, clock, chance
        self._timeouts = timeouts
        self._queue: deque[Send] = deque()
        self._pool = ConnectionPool(loop, connector, timeouts, self, self._fail_queued, lambda: len(self._queue))

    def start(self, batch: SendBatch) -> None:
        batch.timer = self._loop.call_at(batch.deadline, self._give_up, batch)
        self._queue.extend(batch.sends())
        self._feed()

    def close(self) -> list[asyncio.Task[None]]:
        """Stops at once; returns the tasks to await."""
        self._fail_queued(NoResponse.OUT_OF_TIME)
        return self._pool.close()

    def opened(self, connection: HttpConnection) -> None:
        self._pool.opened(connection)
        self.free(connection)
        self._feed()

    def free(self, connection: HttpConnection) -> None:
        if self._queue:
            self._write(connection, self._queue.popleft())
        else:
            self._pool.put_back(connection)

    def answered(self, send: Send, status: int, headers: dict[str, str]) -> None:
        if status < 300:
            send.settle(status)
        elif status == FORBIDDEN and self._was_skewed(send, headers):
            self._again(send)
        else:
            now = self._clock.now()
            self._retry_or_settle(send, status, retry_after_seconds(headers.get("retry-after", ""), now))

    def closed(self, connection: HttpConnection, send: Send | None, why: NoResponse) -> None:
        self._pool.closed(connection)
        if send is not None and not send.batch.over:
            self._lost(connection, send, why)
        self._feed()

    def _lost(self, connection: HttpConnection, send: Send, why: NoResponse) -> None:
        """Retries a lost send; its first loss on a stale connection does not count as a try."""
        if connection.stale and why is NoResponse.LOST and not send.restarted:
            self._pool.drop_as_old_as(connection)
            send.restarted = True
            send.tries -= 1
            self._queue.appendleft(send)
        else:
            self._retry_or_settle(send, why)

    def _feed(self) -> None:
        while self._queue:
            connection = self._pool.take()
            if connection is None:
                self._pool.grow()
                return
            self.free(connection)

    def _write(self, connection: HttpConnection, send: Send) -> None:
        send.tries += 1
        connection.write(send, send.request(self._clock.now()), self._loop.time() + self._timeouts.answer_seconds)
        self._pool.watch()

    def _retry_or_settle(self, send: Send, outcome: Outcome, retry_after: float | None = None) -> None:
        """Retries after a pause if the policy and the deadline allow it, else settles the outcome."""
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

    def _fail_queued(self, why: NoResponse) -> None:
        while self._queue:
            self._queue.popleft().settle(why)

    def _give_up(self, batch: SendBatch) -> None:
        batch.give_up()
        self._queue = deque(send for send in self._queue if send.batch is not batch)
        self._pool.abort(batch)
