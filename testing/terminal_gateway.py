"""A WebSocket server that says what a test wants said, and remembers what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

SNAPSHOT = {"type": "snapshot", "snapshotId": "s", "page": 1, "pages": 1, "truncated": False, "uploads": []}

Script = Callable[[web.WebSocketResponse, int], Coroutine[Any, Any, None]]


class Scripted:
    """Plays a script for each connection, which is told the number of the connection from 1."""

    def __init__(self, script: Script, refusals: list[int]) -> None:
        self._script = script
        self._refusals = refusals
        self.tokens: list[str] = []
        self.heard: list[dict[str, Any]] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        if self._refusals:
            return web.Response(status=self._refusals.pop(0))
        connection = web.WebSocketResponse(protocols=["upload-progress.v1"])
        await connection.prepare(request)
        number = len(self.tokens)
        script = asyncio.create_task(self._script(connection, number))
        async for message in connection:
            self.heard.append(message.json())
        script.cancel()
        return connection

    async def until_heard(self, action: str) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                for said in self.heard:
                    if said["action"] == action:
                        return said
                await asyncio.sleep(0.01)


@asynccontextmanager
async def scripted(script: Script, *refusals: int) -> AsyncIterator[Scripted]:
    """Serves on a free port; the first handshakes are refused with `refusals`."""
    server = Scripted(script, list(refusals))
    app = web.Application()
    app.router.add_get("/ws", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ws"
    try:
        yield server
    finally:
        await runner.cleanup()
