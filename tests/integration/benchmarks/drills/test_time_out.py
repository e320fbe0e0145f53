"""Lambda's own time-out half-way through a broadcast: whoever was not told is when the message comes again."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

import aiohttp

from benchmarks.drills import unaware
from benchmarks.drills.scene import Scene, scene
from testing.running import System

CONNECTIONS = 8
UPDATE = {"userId": "alice", "uploadId": "u", "status": "completed", "bytesUploaded": 10, "bytesTotal": 10}


class Screen:
    """A connection of alice's, and the statuses that it was told."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection
        self.told: list[str] = []

    async def listen(self) -> None:
        async for message in self._connection:
            told = json.loads(message.data)
            if told["type"] in ("status", "progress"):
                self.told.append(told["upload"]["status"])


async def test_who_was_not_told_before_the_end_is_told_when_the_message_comes_again() -> None:
    with scene(unaware.template()) as here:
        async with aiohttp.ClientSession() as http, AsyncExitStack() as stack:
            screens = [await connect(here.system, http, stack) for _ in range(CONNECTIONS)]
            slow = here.switch_on("management-latency", delayMs=5000, probability=0.5, seed=1)
            await asyncio.to_thread(here.queueing(), UPDATE)
            await until_killed(here)

            told = [screen.told for screen in screens]
            assert [] in told and ["completed"] in told
            assert len(here.system.rows("UploadsTable")) == 1  # whoever connects now sees it in the snapshot

            here.switch_off(slow)
            async with asyncio.timeout(60):
                while not all(screen.told for screen in screens):
                    await asyncio.sleep(0.1)
            await asyncio.to_thread(here.until_quiet, 30.0)
            assert {status for screen in screens for status in screen.told} == {"completed"}
            assert here.waiting_messages("ProgressDeadLetterQueue") == 0


async def connect(system: System, http: aiohttp.ClientSession, stack: AsyncExitStack) -> Screen:
    token = await asyncio.to_thread(system.token, "alice")
    headers = {"Authorization": f"Bearer {token}"}
    screen = Screen(await stack.enter_async_context(http.ws_connect(system.url, headers=headers)))
    listening = asyncio.create_task(screen.listen())
    stack.callback(listening.cancel)
    return screen


async def until_killed(here: Scene) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(here.killed):
            await asyncio.sleep(0.05)
