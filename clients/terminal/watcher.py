"""Keeps a connection as long as the server allows one, and reports its state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import random
from typing import Protocol
from uuid import uuid4

import aiohttp

from clients.terminal.backoff import wait_ms
from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.session import Session
from clients.terminal.session_rotation import RunningSession, SessionRotation
from clients.terminal.tokens import TokenSource
from clients.terminal.uploads import Upload, UploadList

STABLE_SECONDS = 5.0
REFUSALS = 3
UNAUTHORIZED = 401


class View(Protocol):
    """Shows the uploads and the state of the connection."""

    def changed(self, upload: Upload) -> None: ...

    def live(self) -> None: ...

    def waiting(self, end: ConnectionEnd, seconds: float) -> None:
        """Shows that the next attempt comes in `seconds`."""


class Watcher:
    """Connects, and reconnects as the server allows."""

    def __init__(
        self,
        url: str,
        token: TokenSource,
        uploads: UploadList,
        view: View,
        keep_alive: bool = True,
        chance: Callable[[], float] = random,
    ) -> None:
        self._url = url
        self._token = token
        self._uploads = uploads
        self._view = view
        self._keep_alive = keep_alive
        self._chance = chance
        self._client_id = uuid4().hex
        self._failures = 0
        self._refusals = 0

    async def run(self, http: aiohttp.ClientSession) -> ConnectionEnd:
        """Runs until no further connection may follow; returns the last end."""
        while True:
            session, end = await SessionRotation(lambda: self._begin(http), self._chance).run()
            self._count(session, end)
            if not end.reconnect or self._refusals >= REFUSALS:
                return end
            wait = wait_ms(self._failures, self._chance(), end.code, end.retry_after_ms) / 1000
            self._failures += 1
            self._view.waiting(end, wait)
            await asyncio.sleep(wait)

    def _begin(self, http: aiohttp.ClientSession) -> RunningSession:
        session = Session(self._uploads, self._view, self._token, self._client_id, self._keep_alive)
        return RunningSession(session, asyncio.create_task(session.run(http, self._url)))

    def _count(self, session: Session, end: ConnectionEnd) -> None:
        """Counts failures and refusals: a stable connection resets the failures, three refused tokens end the run."""
        opened_at = session.opened_at
        if opened_at is not None and time.monotonic() - opened_at >= STABLE_SECONDS:
            self._failures = 0
        unauthorized = end.reason == "refused" and end.code == UNAUTHORIZED
        self._refusals = self._refusals + 1 if unauthorized else 0
