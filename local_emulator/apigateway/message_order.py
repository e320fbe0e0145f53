"""Messages one after the other: for whoever wants to know whether their handlers rely on order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class MessageOrder:
    """One queue for each connection; in the gateway's own way there is none, and messages overtake each other."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    async def take(self, connection_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` when all earlier work of the connection is done."""
        async with self._locks.setdefault(connection_id, asyncio.Lock()):
            await work

    def forget(self, connection_id: str) -> None:
        """The connection is over; what already waits keeps its place."""
        self._locks.pop(connection_id, None)
