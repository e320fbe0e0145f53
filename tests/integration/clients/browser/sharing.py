"""A site with the client and a gateway, which counts the connections of its pages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Page

from testing.node import CLIENT

SHARED = "upload-progress-shared.js"
START = """async ({user, token = user, options = {}}) => {
  const {SharedUploadProgress} = await import("/client/upload-progress-shared.js");
  const asked = [], events = [];
  const getToken = async ({reason}) => (asked.push(reason), window.token);
  Object.assign(window, {asked, events, token});
  window.progress = new SharedUploadProgress({url: "/ws", user, getToken, ...options});
  for (const type of ["upload", "uploads", "connection", "warning"])
    progress.addEventListener(type, ({detail}) => events.push({type, ...detail, cause: detail.cause?.message}));
}"""


@dataclass(slots=True)
class Connection:
    """One open WebSocket of a user."""

    user: str
    socket: web.WebSocketResponse
    received: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Site:
    """Serves pages and the client, and is the gateway of their connections. A token is the name of its user."""

    policy: str | None = None
    origin: str = ""
    open: list[Connection] = field(default_factory=list)
    accepted: int = 0
    uploads: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def started(cls, *routes: web.AbstractRouteDef) -> AsyncIterator[Self]:
        """Starts a site, with these routes before its own pages."""
        site = cls()
        app = web.Application()
        for path in ("/ws", "/ws2", "/ws/upload-progress"):
            app.router.add_get(path, site._connect)
        app.router.add_get("/token", site._token)
        app.router.add_get("/favicon.ico", site._token)
        app.router.add_routes(routes)
        app.router.add_get("/", site._page)
        app.router.add_get("/next-version.js", site._next_version)
        app.router.add_static("/client", CLIENT)
        async with TestServer(app, host="127.0.0.1") as server:
            site.origin = str(server.make_url("/"))
            yield site

    async def tab(self, context: BrowserContext, user: str = "alice", **arguments: Any) -> Page:
        """A tab whose page has a client of this user."""
        page = await context.new_page()
        await page.goto(self.origin)
        await page.evaluate(START, {"user": user, **arguments})
        return page

    async def push(self, user: str, upload_id: str, **fields: Any) -> None:
        """Stores an update and sends it on every connection of the user."""
        known = self.uploads.setdefault(user, {}).get(upload_id, {})
        moment = "2030-01-01T00:00:00Z"
        start = {"attempt": 1, "status": "uploading", "percent": 0, "startedAt": moment, "updatedAt": moment}
        upload = {**start, **known, "uploadId": upload_id, "rev": known.get("rev", 0) + 1, **fields}
        self.uploads[user][upload_id] = upload
        await self.send(user, {"type": "status", "channel": channel(user), "upload": upload})

    async def send(self, user: str, message: dict[str, Any]) -> None:
        for connection in self.open:
            if connection.user == user:
                await connection.socket.send_json(message)

    async def _page(self, request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        text = "<!doctype html><title>shared</title><upload-progress-list></upload-progress-list>"
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _token(self, request: web.Request) -> web.Response:
        return web.Response(text="alice")

    async def _next_version(self, request: web.Request) -> web.Response:
        module = (CLIENT / SHARED).read_text(encoding="utf-8")
        older = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["version"]
        assert f'"{older}"' in module
        text = module.replace(f'"{older}"', '"99.0.0"').replace("./upload", "/client/upload")
        return web.Response(text=text, content_type="text/javascript")

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["upload-progress.v1"])
        await socket.prepare(request)
        bearer = request.headers["Sec-WebSocket-Protocol"].split(", ")[1]
        connection = Connection(bearer.removeprefix("bearer."), socket)
        self.open.append(connection)
        self.accepted += 1
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(connection, json.loads(message.data))
        self.open.remove(connection)
        return socket

    async def _answer(self, connection: Connection, message: dict[str, Any]) -> None:
        connection.received.append(message["action"])
        if message["action"] == "ping":
            await connection.socket.send_json({"type": "pong"})
        if message["action"] != "hello":
            return
        uploads = list(self.uploads.get(connection.user, {}).values())
        page = {"snapshotId": "s", "page": 1, "pages": 1, "truncated": False}
        await connection.socket.send_json({"type": "welcome", "id": "hello", "channel": channel(connection.user)})
        await connection.socket.send_json({"type": "snapshot", **page, "uploads": uploads})


def channel(user: str) -> str:
    return f"/user/{user}/upload-progress"
