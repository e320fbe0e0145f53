"""A connection that gets too old is followed by the next one before it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from testing.terminal_gateway import SNAPSHOT, Script, scripted
from tests.integration.clients.terminal.test_watcher import LAST, UPLOAD, watch


def too_old(closes_in: float = 30.0) -> dict[str, Any]:
    closes_at = datetime.now(UTC) + timedelta(seconds=closes_in)
    return {"type": "warning", "reason": "max_duration", "closesAt": closes_at.isoformat()}


def progress(rev: int) -> dict[str, Any]:
    return {"type": "progress", "upload": UPLOAD | {"rev": rev}}


async def warned(connection: web.WebSocketResponse) -> None:
    await connection.send_json(SNAPSHOT)
    await connection.send_json(too_old())


class Stage:
    """`connections` by number, as they were opened; `ended` are the numbers of those that are over."""

    def __init__(self) -> None:
        self.connections: dict[int, web.WebSocketResponse] = {}
        self.ended: list[int] = []

    def script(self, **acts: Callable[[web.WebSocketResponse], Awaitable[Any]]) -> Script:
        """`first`, `second` and `third` are what is done on each."""

        async def play(connection: web.WebSocketResponse, number: int) -> None:
            self.connections[number] = connection
            try:
                await [*acts.values()][number - 1](connection)
                await asyncio.Event().wait()
            finally:
                self.ended.append(number)

        return play


async def test_the_next_is_there_before_the_first_is_left_and_nothing_is_missed() -> None:
    stage = Stage()

    async def first(connection: web.WebSocketResponse) -> None:
        for message in (SNAPSHOT, progress(5), too_old()):
            await connection.send_json(message)

    async def second(connection: web.WebSocketResponse) -> None:
        await stage.connections[1].send_json(progress(6))
        await asyncio.sleep(0.05)
        assert stage.ended == []  # it is still listened to
        await connection.send_json(SNAPSHOT)
        await connection.send_json(progress(7))
        while stage.ended != [1]:
            await asyncio.sleep(0.01)
        await connection.send_json(LAST)

    async with scripted(stage.script(first=first, second=second)) as server:
        loss, told = await watch(server)
    assert told == ["live", 5, 6, "live", 7]
    assert (loss.reason, stage.ended) == ("revoked", [1, 2])
    hello, again = [said for said in server.heard if said["action"] == "hello"]
    assert hello["clientId"] == again["clientId"]


async def test_a_successor_that_fails_costs_the_first_nothing_and_is_tried_again() -> None:
    stage = Stage()

    async def second(connection: web.WebSocketResponse) -> None:
        await stage.connections[1].send_json(progress(6))
        await connection.send_json({"type": "error", "id": "hello", "name": "internal", "message": "?"})

    async def third(connection: web.WebSocketResponse) -> None:
        await connection.send_json(SNAPSHOT)
        await connection.send_json(LAST)

    async with scripted(stage.script(first=warned, second=second, third=third)) as server:
        _, told = await watch(server, chance=0.01)
    assert told == ["live", 6, "live"]


async def test_a_successor_takes_over_from_a_first_that_breaks_meanwhile() -> None:
    stage = Stage()

    async def second(connection: web.WebSocketResponse) -> None:
        await stage.connections[1].close()
        await asyncio.sleep(0.05)
        await connection.send_json(SNAPSHOT)
        await connection.send_json(LAST)

    async with scripted(stage.script(first=warned, second=second)) as server:
        _, told = await watch(server)
    assert told == ["live", "live"]
    assert len(server.tokens) == 2


async def test_where_no_successor_is_wanted_the_first_lives_to_its_end() -> None:
    stage = Stage()

    async def first(connection: web.WebSocketResponse) -> None:
        await warned(connection)
        while stage.ended != [2]:
            await asyncio.sleep(0.01)
        await connection.send_json(progress(6))
        await connection.send_json(LAST | {"reason": "idle_timeout"})

    async def second(connection: web.WebSocketResponse) -> None:
        await connection.send_json(LAST)

    async with scripted(stage.script(first=first, second=second)) as server:
        loss, told = await watch(server)
    assert (loss.reason, told, len(server.tokens)) == ("idle_timeout", ["live", 6], 2)


async def test_who_stops_watching_leaves_no_connection_open() -> None:
    stage = Stage()

    async def second(connection: web.WebSocketResponse) -> None:
        watching.cancel()

    async with scripted(stage.script(first=warned, second=second)) as server:
        watching = asyncio.create_task(watch(server))
        await asyncio.gather(watching, return_exceptions=True)
        async with asyncio.timeout(10):
            while sorted(stage.ended) != [1, 2]:
                await asyncio.sleep(0.01)
    assert watching.cancelled()
