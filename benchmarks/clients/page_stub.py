"""A server of one page and one kind of connection: a snapshot of many uploads, then as many messages as one asks for.

`POST /rate/{messages}` sets how many progress messages a second all connections together are sent, each of the next
upload in turn; every message is a frame of its own. `GET /` is the page, `window.seen` its count of messages.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.harness.processes import ROOT

MODULES = ROOT / "clients" / "browser"
WELCOME = {
    "type": "welcome",
    "maxPredictionPercent": 10,
    "predictionSeconds": 5,
    "latePredictionSeconds": 10,
    "latePredictionAfterSeconds": 120,
}
TICK_SECONDS = 0.01
MEGABYTE = 1_000_000
SIZE = 500 * MEGABYTE
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Uploads</title>
<style>:root { color-scheme: light dark; font: 16px/1.5 system-ui } body { max-width: 47rem; margin: auto }</style>
<upload-progress-list></upload-progress-list>
<script type="module">
  import {UploadProgress} from "/modules/upload-progress.js";
  import "/modules/upload-progress-list.js";
  const shared = location.search === "?shared" && (await import("/modules/upload-progress-shared.js"));
  const Client = shared ? shared.SharedUploadProgress : UploadProgress;
  const progress = new Client({url: "/ws", getToken: () => "token", user: "alice"});
  window.seen = 0;
  progress.addEventListener("upload", () => window.seen++);
  const list = document.querySelector("upload-progress-list");
  list.cancelable = () => true;
  list.source = progress;
  window.progress = progress;
  window.frames = (ms) => new Promise((resolve) => {
    let drawn = 0;
    const seen = window.seen, begin = performance.now();
    requestAnimationFrame(function draw(now) {
      drawn++;
      if (now - begin < ms) requestAnimationFrame(draw);
      else resolve({frames: drawn * 1000 / (now - begin), messages: (window.seen - seen) * 1000 / (now - begin)});
    });
  });
</script></html>
"""


class PageStub:
    """Holds `uploads` uploads of 500 MB, which never end; at 2 000 messages a second all of them move 2 MB a second."""

    def __init__(self, uploads: int, modules: Path) -> None:
        self._uploads = uploads
        self._modules = modules
        self._rate = 0
        self._revs = count(2)
        self._connections: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/", self.page), web.get("/ws", self.connect), web.post("/rate/{messages}", self.rate)])
        app.add_routes([web.get("/_emulator/health", self.rate)])
        app.router.add_static("/modules", self._modules)
        app.cleanup_ctx.append(self._life)
        return app

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def rate(self, request: web.Request) -> web.Response:
        self._rate = int(request.match_info.get("messages", self._rate))
        return web.json_response({"messagesPerSecond": self._rate})

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(protocols=("upload-progress.v1",))
        await connection.prepare(request)
        async for message in connection:
            if json.loads(message.data)["action"] == "hello":
                await connection.send_json(WELCOME)
                await connection.send_json(self._snapshot())
                self._connections.add(connection)
        self._connections.discard(connection)
        return connection

    def _snapshot(self) -> dict[str, Any]:
        uploads = [self._upload(number, 1) for number in range(self._uploads)]
        return {"type": "snapshot", "snapshotId": "s", "page": 1, "pages": 1, "truncated": False, "uploads": uploads}

    def _upload(self, number: int, rev: int) -> dict[str, Any]:
        done = (number * MEGABYTE + rev * 1000) % SIZE
        return {
            "uploadId": f"upload-{number}",
            "fileName": f"holiday-{number}.mov",
            "status": "uploading",
            "phase": None,
            "bytesUploaded": done,
            "bytesTotal": SIZE,
            "percent": 100 * done / SIZE,
            "attempt": 1,
            "rev": rev,
            "bytesPerSecond": 2 * MEGABYTE + rev % 1000 * 1000,
            "etaSeconds": (SIZE - done) // (2 * MEGABYTE),
            "startedAt": f"2030-01-01T00:00:{number % 60:02}.000Z",
            "updatedAt": "2030-01-01T00:00:00.000Z",
        }

    async def _life(self, app: web.Application) -> AsyncIterator[None]:
        sending = asyncio.create_task(self._send_for_ever())
        yield
        sending.cancel()

    async def _send_for_ever(self) -> None:
        last, owed = time.monotonic(), 0.0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            last, owed = now, min(owed + (now - last) * self._rate, self._rate)
            for _ in range(int(owed)):
                await self._send_next()
            owed -= int(owed)

    async def _send_next(self) -> None:
        rev = next(self._revs)
        message = {"type": "progress", "channel": "/", "upload": self._upload(rev % self._uploads, rev)}
        text = json.dumps(message, separators=(",", ":"))
        for connection in list(self._connections):
            with suppress(ConnectionError):  # its page was closed just now
                await connection.send_str(text)


if __name__ == "__main__":
    web.run_app(
        PageStub(int(sys.argv[2]), Path(sys.argv[3])).app(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        shutdown_timeout=0.1,
    )
