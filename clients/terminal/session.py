"""One connection: sends hello, answers pings and warnings, checks that the server is there, and passes updates on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any, Protocol

import aiohttp

from clients.terminal.connection_end import ConnectionEnd, end_of_disconnect, end_of_refusal
from clients.terminal.news import STALLED_SECONDS, age_seconds, dated
from clients.terminal.prediction import read_limits
from clients.terminal.rotation import clock_skew, epoch_seconds
from clients.terminal.tokens import NoTokenError, TokenSource
from clients.terminal.uploads import Upload, UploadList, has_ended

PROTOCOL = "upload-progress.v1"
CONNECT_SECONDS = 20.0
QUIET_SECONDS = 100.0
UPLOADING_QUIET_SECONDS = 20.0  # the reporter sends a sign of life each 10 s
ANSWER_SECONDS = 8.0


class SessionListener(Protocol):
    """Receives the changes of a session."""

    def changed(self, upload: Upload) -> None: ...

    def live(self) -> None:
        """Handles the complete list."""


class Session:
    """Runs one connection until its end; `opened_at` is None until the handshake was accepted.

    `live` is set when the whole list is known, `closes_in` when the server warns that the connection gets too old: the
    seconds that are left. Older connections of the same `client_id` are closed as replaced once this one is live.
    """

    def __init__(
        self,
        uploads: UploadList,
        listener: SessionListener,
        token: TokenSource,
        client_id: str,
        keep_alive: bool = True,
    ) -> None:
        self._uploads = uploads
        self._listener = listener
        self._token = token
        self._client_id = client_id
        self._keep_alive = keep_alive
        self._refreshing: asyncio.Task[None] | None = None
        self._began_at = self._skew = 0.0
        self.opened_at: float | None = None
        self.live = asyncio.Event()
        self.closes_in: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def run(self, http: aiohttp.ClientSession, url: str) -> ConnectionEnd:
        """Connects, listens, and returns the end of the connection."""
        connection = await self._connect(http, url)
        if isinstance(connection, ConnectionEnd):
            return connection
        self.opened_at, self._began_at = time.monotonic(), time.time()
        try:
            return await self._listen(connection)
        except (aiohttp.ClientError, OSError):
            return ConnectionEnd("network")
        finally:
            if self._refreshing is not None:
                self._refreshing.cancel()
            await _leave(connection)

    async def _connect(self, http: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse | ConnectionEnd:
        try:
            headers = {"Authorization": f"Bearer {await self._token()}"}
            async with asyncio.timeout(CONNECT_SECONDS):
                return await http.ws_connect(url, headers=headers, protocols=[PROTOCOL])
        except NoTokenError as problem:
            return ConnectionEnd("no_token", str(problem), reconnect=problem.passing)
        except aiohttp.WSServerHandshakeError as refused:
            return end_of_refusal(refused.status)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            return ConnectionEnd("bad_url", f"{url} is no URL of a WebSocket", reconnect=False)
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            return ConnectionEnd("network", str(problem) or type(problem).__name__)

    async def _listen(self, connection: aiohttp.ClientWebSocketResponse) -> ConnectionEnd:
        self._uploads.ask()
        await connection.send_json({"action": "hello", "id": "hello", "clientId": self._client_id})
        asked = False
        while True:
            try:
                message = await connection.receive(ANSWER_SECONDS if asked else self._quiet_seconds())
            except TimeoutError:
                if asked:
                    return ConnectionEnd("no_answer")
                asked = True
                await connection.send_json({"action": "ping"})
                continue
            asked = False
            if message.type is not aiohttp.WSMsgType.TEXT:
                return ConnectionEnd("network")
            end = await self._handle(connection, _read(message.data))
            if end is not None:
                return end

    def _quiet_seconds(self) -> float:
        """Returns the silence after which a ping checks the connection: short while an upload has news."""
        now = time.time()
        is_uploading = any(not has_ended(one) and age_seconds(one, now) < STALLED_SECONDS for one in self._uploads)
        return UPLOADING_QUIET_SECONDS if is_uploading else QUIET_SECONDS

    async def _handle(
        self, connection: aiohttp.ClientWebSocketResponse, message: dict[str, Any]
    ) -> ConnectionEnd | None:
        """Handles one message, ignoring unknown ones as the protocol requires; returns the end, if it is one."""
        match message.get("type"):
            case "ping":
                await connection.send_json({"action": "pong"})
            case "progress" | "status":
                if upload := self._uploads.take(dated(message.get("upload"), time.time(), self._skew, live=True)):
                    self._listener.changed(upload)
            case "snapshot":
                rows = [dated(one, time.time(), self._skew, live=False) for one in message.get("uploads") or ()]
                if self._uploads.page(message | {"uploads": rows}):
                    self.live.set()
                    self._listener.live()
            case "welcome":
                self._skew, self._uploads.limits = clock_skew(message, self._began_at), read_limits(message)
            case "warning":
                await self._handle_warning(connection, message)
            case "error" if message.get("id") == "hello":
                retry_after = message.get("retryAfterMs") or 0
                return ConnectionEnd(str(message.get("name")), str(message.get("message")), retry_after_ms=retry_after)
            case "disconnect":
                return end_of_disconnect(message)
        return None

    async def _handle_warning(self, connection: aiohttp.ClientWebSocketResponse, warning: dict[str, Any]) -> None:
        reason, closes_at = warning.get("reason"), epoch_seconds(warning.get("closesAt"))
        if reason == "idle" and self._keep_alive:
            await connection.send_json({"action": "keepalive"})
        if reason == "token_expiring":
            self._refreshing = asyncio.create_task(self._refresh(connection))
        if reason == "max_duration" and closes_at is not None and not self.closes_in.done():
            self.closes_in.set_result(closes_at - self._skew - time.time())

    async def _refresh(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Sends a new token; without one the server closes with 4401, and the next connection asks again."""
        with contextlib.suppress(NoTokenError, aiohttp.ClientError, OSError):
            await connection.send_json({"action": "refresh", "token": await self._token(), "id": "refresh"})


def _read(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


async def _leave(connection: aiohttp.ClientWebSocketResponse) -> None:
    """Closes the connection; waits at most 1 s for the answer, since the server may be gone."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        await asyncio.wait_for(connection.close(), 1)
