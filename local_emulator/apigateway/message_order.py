"""Serial delivery of messages, to test if handlers rely on order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class MessageOrder:
    """Runs the work of each connection in order; the gateway itself runs messages concurrently."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    async def take(self, connection_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` after all earlier work of the connection."""
        async with self._locks.setdefault(connection_id, asyncio.Lock()):
            await work

    def forget(self, connection_id: str) -> None:
        """Drops the queue of a closed connection; work that already waits keeps its place."""
        self._locks.pop(connection_id, None)
