"""A process full of watchers: `python -m benchmarks.crowd.watchers URL CONNECTIONS FILE UNREAD_EVERY`.

FILE has users and tokens. With UNREAD_EVERY = 100, one connection of a hundred reads nothing after its first snapshot.

Every user has CONNECTIONS connections, which do what the browser library does: say hello, answer pings, keep alive
what is about to idle out, come back when they are closed. Prints one line of JSON when all are connected; when its
standard input ends, another that says what every connection has seen.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import WSMsgType

PROTOCOL = "upload-progress.v1"
AT_ONCE = 50  # handshakes; a deployed stage takes 500 a second
MAX_WAIT_SECONDS = 30.0
WELCOME_SECONDS = 30.0  # for the snapshot; whoever has none by then tries another connection
UPLOADS = ("progress", "status")

# The newest (attempt, rev, status) that a connection was told of each upload.
Seen = dict[str, tuple[int, int, str]]


@dataclass
class Watcher:
    """One user at one screen, however often it has to connect; `learned_at` is when it last heard anything new."""

    user: str
    token: str
    reads: bool = True
    seen: Seen = field(default_factory=dict)
    foreign: int = 0
    learned_at: float = 0.0

    def told(self, message: dict[str, Any]) -> None:
        """Take what a message says of uploads; whatever is on another user's channel is counted as foreign."""
        self.foreign += message["channel"] != f"/user/{self.user}/upload-progress"
        for upload in message.get("uploads") or [message.get("upload")]:
            if upload:
                self._learn(upload["uploadId"], (upload["attempt"], upload["rev"], upload["status"]))

    def _learn(self, upload: str, newest: tuple[int, int, str]) -> None:
        if upload not in self.seen or newest > self.seen[upload]:
            self.seen[upload], self.learned_at = newest, time.time()


class Watchers:
    def __init__(self, url: str, watchers: list[Watcher]) -> None:
        self._url = url
        self._watchers = watchers
        self._room = asyncio.Semaphore(AT_ONCE)
        self._welcomed: set[int] = set()
        self._all_there = asyncio.Event()
        self._latencies: list[int] = []
        self._events: Counter[str] = Counter()

    async def run(self) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            watching = asyncio.gather(*(self._live(http, one) for one in self._watchers))
            await self._unless_broken(watching, self._all_there.wait())
            print(json.dumps({"connected": len(self._welcomed)}), flush=True)
            await self._unless_broken(watching, asyncio.to_thread(sys.stdin.read))
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        print(json.dumps(self._report()), flush=True)

    async def _unless_broken(self, watching: asyncio.Future[Any], until: Coroutine[Any, Any, Any]) -> None:
        """Wait; raises what no watcher should have met."""
        waiting = asyncio.create_task(until)
        await asyncio.wait([watching, waiting], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()

    async def _live(self, http: aiohttp.ClientSession, watcher: Watcher) -> None:
        failures = 0
        while True:
            try:
                await self._connect(http, watcher)
                failures = 0
            except (aiohttp.ClientError, TimeoutError, OSError):
                self._events["refused"] += 1
                failures += 1
            await asyncio.sleep(random.uniform(0, min(MAX_WAIT_SECONDS, 2.0**failures)))

    async def _connect(self, http: aiohttp.ClientSession, watcher: Watcher) -> None:
        async with self._room:
            connection = await http.ws_connect(self._url, protocols=(PROTOCOL, f"bearer.{watcher.token}"))
        try:
            await self._watch(connection, watcher)
        except TimeoutError:
            await connection.close()
            raise
        self._events["closed"] += 1

    async def _watch(self, connection: aiohttp.ClientWebSocketResponse, watcher: Watcher) -> None:
        """Until it is closed. Raises TimeoutError if no snapshot comes."""
        await connection.send_json({"action": "hello"})
        patience: float | None = WELCOME_SECONDS
        while (frame := await connection.receive(patience)).type is WSMsgType.TEXT:
            message = {"type": "gateway's own"} | json.loads(frame.data)
            patience = None if message["type"] == "snapshot" else patience
            self._note(watcher, message)
            if answer := answer_to(message):
                await connection.send_json(answer)
            if not watcher.reads and message["type"] == "snapshot":
                await asyncio.Event().wait()

    def _note(self, watcher: Watcher, message: dict[str, Any]) -> None:
        kind = message["type"]
        self._events[f"{kind} {message['code']}" if "code" in message else kind] += 1
        if kind in (*UPLOADS, "snapshot"):
            watcher.told(message)
        if kind in UPLOADS:
            told_at = datetime.fromisoformat(message["upload"]["updatedAt"]).timestamp()
            self._latencies.append(round((time.time() - told_at) * 1000))
        if kind == "snapshot":
            self._welcomed.add(id(watcher))
            if len(self._welcomed) == len(self._watchers):
                self._all_there.set()

    def _report(self) -> dict[str, Any]:
        return {
            "seen": [[watcher.user, watcher.seen] for watcher in self._watchers if watcher.reads],
            "foreign": sum(watcher.foreign for watcher in self._watchers),
            "learnedAt": max(watcher.learned_at for watcher in self._watchers),
            "latencies": self._latencies,
            "events": self._events,
        }


def answer_to(message: dict[str, Any]) -> dict[str, Any] | None:
    """What the browser library of a visible page would say."""
    if message["type"] == "ping":
        return {"action": "pong"}
    if message["type"] == "warning" and message["reason"] == "idle":
        return {"action": "keepalive"}
    return None


def watchers(lines: Iterable[str], each: int, unread_every: int) -> list[Watcher]:
    """`each` watchers for every line of a user and a token."""
    found = [Watcher(user, token) for user, token in map(str.split, lines) for _ in range(each)]
    for watcher in found[unread_every - 1 :: unread_every] if unread_every else []:
        watcher.reads = False
    return found


def main() -> None:
    url, each, file, unread_every = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_run(url, watchers(Path(file).read_text().splitlines(), int(each), int(unread_every))))


async def _run(url: str, crowd: list[Watcher]) -> None:
    await Watchers(url, crowd).run()


if __name__ == "__main__":
    main()
