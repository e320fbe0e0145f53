"""Streams new records to every open inspector: batched, and at most as many as a page shows.

There is no queue. Each page has a position in the recording, and a slow page skips records.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from local_emulator.inspector.history import History
from local_emulator.inspector.record_filter import Selection, read_selection

MAX_PAGES = 32
UPDATE_SECONDS = 0.1
HEARTBEAT_SECONDS = 20.0

Counts = Callable[[], dict[str, Any]]


class Stream:
    """Serves a WebSocket for each page, which sends {"after": number, "selection": {…}, "paused": bool}.

    The page receives {"rows", "skipped", "last"} and, when they change, {"counts"}.
    """

    def __init__(self, history: History, counts: Counts) -> None:
        self._history = history
        self._counts = counts
        self._pages: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if len(self._pages) >= MAX_PAGES:
            return web.json_response({"message": f"{MAX_PAGES} inspectors are open, which is the most"}, status=503)
        page = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=64 * 1024)
        await page.prepare(request)
        self._pages.add(page)
        subscription = Subscription()
        telling = asyncio.get_running_loop().create_task(self._tell(page, subscription))
        try:
            async for message in page:
                if message.type is WSMsgType.TEXT:
                    subscription.take(message.data)
        finally:
            self._pages.discard(page)
            telling.cancel()
        return page

    async def close(self) -> None:
        """Closes every page at the end of the emulator."""
        for page in list(self._pages):
            await page.close(code=1001, message=b"Going away")

    async def _tell(self, page: web.WebSocketResponse, subscription: Subscription) -> None:
        counts: dict[str, Any] = {}
        with contextlib.suppress(ConnectionError):
            while not page.closed:
                if counts != (counts := self._counts()):
                    await page.send_str(json.dumps({"counts": counts}))
                if not subscription.paused and subscription.after < self._history.ring.last:
                    await page.send_str(self._news(subscription))
                await asyncio.sleep(UPDATE_SECONDS)

    def _news(self, subscription: Subscription) -> str:
        news = self._history.news(subscription.after, subscription.selection)
        subscription.after = news.last
        return json.dumps({"rows": news.rows, "skipped": news.skipped, "last": news.last})


class Subscription:
    """The records that one page wants; none before its first message."""

    def __init__(self) -> None:
        self.after = 0
        self.paused = True
        self.selection = Selection()

    def take(self, text: str) -> None:
        """Reads a message of the page; ignores an invalid one."""
        with contextlib.suppress(ValueError, RecursionError):
            asked = json.loads(text)
            if not isinstance(asked, dict):
                return
            if type(asked.get("after")) is int:
                self.after = asked["after"]
            if isinstance(asked.get("selection"), dict):
                self.selection = read_selection(asked["selection"])
            self.paused = asked.get("paused") is True
