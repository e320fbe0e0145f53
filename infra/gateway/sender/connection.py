"""One kept-alive HTTP/1.1 connection to the gateway."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from infra.gateway.sender.batch import Send
from infra.gateway.sender.outcome import Unanswered
from infra.gateway.sender.response_reader import AnswerReader, UnreadableResponseError


class Owner(Protocol):
    """Whom a link tells what happens to it."""

    def opened(self, link: Link) -> None:
        """It can be written to."""

    def answered(self, send: Send, status: int, headers: dict[str, str]) -> None:
        """A send has its answer. The link may still be reading the rest of it."""

    def free(self, link: Link) -> None:
        """It can be written to again."""

    def closed(self, link: Link, send: Send | None, why: Unanswered) -> None:
        """It is no more, and what was written last has no answer."""


class Link(asyncio.BufferedProtocol):
    """Carries one request at a time: pipelined, a lost link would leave several in doubt.

    The status decides, as soon as the head of an answer is there; its rest only decides whether the link can be used
    again. `overdue_at` is when it has waited long enough, whatever trickles in; `idle_since` when it became free (both
    of the loop's clock). `stale` says that it had served before and then broke without a word: the gateway had closed
    it while it was idle. All links of a loop read into the same `buffer`, one after the other: asyncio's own way would
    allocate 256 KB for each answer of 80 bytes.
    """

    def __init__(self, owner: Owner, buffer: memoryview) -> None:
        self._owner, self._buffer = owner, buffer
        self._reader = AnswerReader()
        self._why = Unanswered.LOST
        self._served = self._heard = False
        self.send: Send | None = None
        self.overdue_at: float | None = None
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return not self._transport.is_closing()

    @property
    def stale(self) -> bool:
        return self._served and not self._heard

    def write(self, send: Send, request: bytes, overdue_at: float) -> None:
        self.send, self.overdue_at, self._heard = send, overdue_at, False
        self._reader.expect()
        self._transport.write(request)

    def abort(self, why: Unanswered = Unanswered.LOST) -> None:
        self._why = why
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._owner.opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._heard, readable = True, True
        try:
            self._reader.feed(self._buffer[:nbytes])
        except UnreadableResponseError:
            readable = False
        self._tell_answer()
        if not readable:
            self.abort()
        elif self._reader.complete:
            self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        send, self.send = self.send, None
        self._owner.closed(self, send, self._why)

    def _tell_answer(self) -> None:
        send, status = self.send, self._reader.status
        if send is not None and status is not None:
            self.send = None
            self._owner.answered(send, status, self._reader.headers)

    def _go_on(self) -> None:
        self.overdue_at, self._served = None, True
        if self._reader.keep_alive:
            self._owner.free(self)
        else:
            self._transport.abort()
