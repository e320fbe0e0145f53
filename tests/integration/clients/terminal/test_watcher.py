import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from clients.terminal import session
from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.prediction import PredictionLimits
from clients.terminal.tokens import NoTokenError, TokenSource, given
from clients.terminal.uploads import Upload, UploadList
from clients.terminal.watcher import Watcher
from testing.terminal_gateway import SNAPSHOT, Script, Scripted, scripted

UPLOAD = {"uploadId": "a", "status": "uploading", "attempt": 1, "rev": 5, "percent": 42.0, "startedAt": "2026"}
LAST = {"type": "disconnect", "code": 4403, "reason": "revoked", "message": "signed out", "reconnect": False}


class Seen:
    """What a view was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def changed(self, upload: Upload) -> None:
        self.told.append(upload["rev"])

    def live(self) -> None:
        self.told.append("live")

    def waiting(self, loss: ConnectionEnd, seconds: float) -> None:
        self.told.append((loss.reason, round(seconds, 3)))


async def watch(
    server: Scripted, token: TokenSource | None = None, chance: float = 0.1, **more: Any
) -> tuple[ConnectionEnd, list[Any]]:
    """Watch until it may go on no longer; chance is always the same."""
    seen = Seen()
    watcher = Watcher(server.url, token or given("t"), UploadList(), seen, chance=lambda: chance, **more)
    async with aiohttp.ClientSession() as http, asyncio.timeout(20):
        return await watcher.run(http), seen.told


def _says(*messages: dict[str, Any]) -> Script:
    async def script(connection: web.WebSocketResponse, number: int) -> None:
        for message in messages:
            await connection.send_json(message)

    return script


async def test_progress_is_shown_once_until_the_server_wants_us_gone() -> None:
    progress = {"type": "progress", "upload": UPLOAD}
    async with scripted(_says(SNAPSHOT, progress, progress, {"type": "novelty"}, LAST)) as server:
        loss, told = await watch(server)
    assert (loss.reason, loss.message, loss.code) == ("revoked", "signed out", 4403)
    assert told == ["live", 5]
    [hello] = server.heard
    assert hello == {"action": "hello", "id": "hello", "clientId": hello["clientId"]}


async def test_the_limits_of_prediction_are_those_of_the_last_welcome() -> None:
    limits = {"maxPredictionPercent": 10, "predictionSeconds": 5, "latePredictionSeconds": 10}
    full, uploads = {"type": "welcome", **limits, "latePredictionAfterSeconds": 120}, UploadList()
    rotated = {"type": "disconnect", "code": 4410, "reason": "max_duration", "reconnect": True}
    seen = list[PredictionLimits]()

    class Listening(Seen):
        def live(self) -> None:
            seen.append(uploads.limits)

    async def script(connection: web.WebSocketResponse, number: int) -> None:
        welcome, end = (full, rotated) if number == 1 else ({"type": "welcome"}, LAST)
        await _says(welcome, SNAPSHOT, end)(connection, number)

    async with scripted(script) as server, aiohttp.ClientSession() as http, asyncio.timeout(20):
        await Watcher(server.url, given("t"), uploads, Listening(), chance=lambda: 0.1).run(http)
    assert seen == [PredictionLimits(10, 5, 10, 120), PredictionLimits()]


async def test_it_comes_back_at_once_if_only_the_connection_was_too_old_else_after_a_while() -> None:
    ends: list[dict[str, Any]] = [
        {"type": "disconnect", "code": 4410, "reason": "max_duration", "reconnect": True},
        {"type": "disconnect", "code": 4429, "reason": "rate_limited", "reconnect": True, "retryAfterMs": 200},
        LAST,
    ]

    async def script(connection: web.WebSocketResponse, number: int) -> None:
        await _says(SNAPSHOT, ends[number - 1])(connection, number)

    async with scripted(script) as server:
        _, told = await watch(server)
    assert told == ["live", ("max_duration", 0), "live", ("rate_limited", 0.21), "live"]


async def test_a_connection_that_breaks_is_followed_by_another() -> None:
    async def script(connection: web.WebSocketResponse, number: int) -> None:
        await connection.send_json(SNAPSHOT)
        if number == 1:
            await connection.close()
        else:
            await connection.send_json(LAST)

    async with scripted(script) as server:
        _, told = await watch(server)
    assert told == ["live", ("network", 0.05), "live"]


async def test_pings_are_answered_idleness_denied_and_a_token_renewed() -> None:
    async def script(connection: web.WebSocketResponse, number: int) -> None:
        await _says(
            SNAPSHOT,
            {"type": "ping"},
            {"type": "warning", "reason": "idle"},
            {"type": "warning", "reason": "token_expiring"},
        )(connection, number)

    tokens = iter(["first", "second"])

    async def token() -> str:
        return next(tokens)

    async with scripted(script) as server:
        watching = asyncio.create_task(watch(server, token))
        assert (await server.until_heard("refresh"))["token"] == "second"
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert {said["action"] for said in server.heard} == {"hello", "pong", "keepalive", "refresh"}


async def test_who_does_not_care_leaves_an_idle_warning_unanswered() -> None:
    async with scripted(_says(SNAPSHOT, {"type": "warning", "reason": "idle"}, LAST)) as server:
        await watch(server, keep_alive=False)
    assert [said["action"] for said in server.heard] == ["hello"]


async def test_silence_is_asked_about_and_ends_the_connection_if_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.1)

    async def script(connection: web.WebSocketResponse, number: int) -> None:
        if number == 2:
            await connection.send_json(LAST)

    async with scripted(script) as server:
        _, told = await watch(server)
    assert [said["action"] for said in server.heard] == ["hello", "ping", "hello"]
    assert told == [("no_answer", 0.05)]


async def test_a_snapshot_that_cannot_be_had_is_a_reason_to_come_back() -> None:
    error = {"type": "error", "id": "hello", "code": 4500, "name": "internal", "message": "?", "retryAfterMs": 100}

    async def script(connection: web.WebSocketResponse, number: int) -> None:
        await connection.send_json(error if number == 1 else LAST)

    async with scripted(script) as server:
        _, told = await watch(server)
    assert told == [("internal", 0.105)]


async def test_a_token_is_asked_for_anew_until_three_in_a_row_were_refused() -> None:
    asked: list[str] = []

    async def token() -> str:
        asked.append(f"t{len(asked)}")
        return asked[-1]

    async with scripted(_says(), 401, 401, 503, 401, 401, 401) as server:
        loss, told = await watch(server, token)
    assert (loss.reason, loss.code) == ("refused", 401)
    assert server.tokens == asked == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert len(told) == 5


async def test_a_handshake_that_is_forbidden_is_not_tried_again() -> None:
    async with scripted(_says(), 403) as server:
        loss, told = await watch(server)
    assert (loss.code, told) == (403, [])


@pytest.mark.parametrize("url", ["foo", "ftp://127.0.0.1/ws", "ws://127.0.0.1:99999/ws", "ws://"])
async def test_a_url_that_is_none_of_a_websocket_is_not_tried_again(url: str) -> None:
    watcher = Watcher(url, given("t"), UploadList(), Seen())
    async with aiohttp.ClientSession() as http, asyncio.timeout(20):
        loss = await watcher.run(http)
    assert (loss.reason, loss.message) == ("bad_url", f"{url} is no URL of a WebSocket")


def _failing(*problems: NoTokenError) -> TokenSource:
    left = list(problems)

    def token() -> Awaitable[str]:
        raise left.pop(0)

    return token


async def test_without_a_token_no_connection_is_made() -> None:
    async with scripted(_says()) as server:
        loss, told = await watch(
            server, _failing(NoTokenError("away", passing=True), NoTokenError("signed out", passing=False))
        )
    assert (loss.reason, loss.message) == ("no_token", "signed out")
    assert told == [("no_token", 0.05)]
    assert server.tokens == []


async def test_silence_during_an_upload_is_noticed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "UPLOADING_QUIET_SECONDS", 0.1)
    monkeypatch.setattr(session, "ANSWER_SECONDS", 0.1)
    now = datetime.now(UTC).isoformat()
    running = UPLOAD | {"status": "uploading", "updatedAt": now}

    async def script(connection: web.WebSocketResponse, number: int) -> None:
        await _says(SNAPSHOT | {"uploads": [running]} if number == 1 else LAST)(connection, number)

    async with scripted(script) as server:
        _, told = await watch(server)
    assert told[1][0] == "no_answer"
    assert [said["action"] for said in server.heard] == ["hello", "ping", "hello"]
