"""`python -m clients.terminal` as a process, against the emulator on our template."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import aiohttp
import pytest

from clients.terminal.tokens import of_provider
from clients.terminal.uploads import UploadList
from clients.terminal.watcher import Watcher
from testing.running import ROOT, System, running_system
from tests.integration.clients.terminal.test_watcher import Seen

BEGAN = int(time.time() * 1000) - 60_000  # revs count from here
UPDATE = {"userId": "alice", "uploadId": "u", "fileName": "holiday.mp4", "status": "uploading", "bytesTotal": 1000}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system() as system:
        yield system


@asynccontextmanager
async def watching(*arguments: str, encoding: str = "utf-8") -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "clients.terminal", *arguments)
    env = os.environ | {"PYTHONIOENCODING": encoding}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_told(process: Process, *words: str) -> str:
    """Read lines until one holds all these words."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while line := (await process.stdout.readline()).decode(errors="replace"):
            if all(word in line for word in words):
                return line
    raise AssertionError(f"it ended without saying {words}")


async def test_a_pipe_gets_lines_and_ctrl_c_ends_it_without_a_word(system: System) -> None:
    async with watching("--port", str(system.port), "--user", "alice") as process:
        await until_told(process, "live")
        await asyncio.to_thread(system.push, UPDATE | {"bytesUploaded": 420})
        await until_told(process, "uploading", "42.0 %", "holiday.mp4", "420 B of 1.0 kB")
        await asyncio.to_thread(system.push, UPDATE | {"status": "completed", "bytesUploaded": 1000})
        await until_told(process, "completed", "100.0 %")
        process.send_signal(signal.SIGINT)
        _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", r"Zo\xeb.mp4"), ("latin-1", r"\u65e5.txt"), ("utf-8", "Zoë")]
)
async def test_an_output_that_is_not_utf_8_gets_escapes(system: System, encoding: str, shown: str) -> None:
    user = f"odd-{encoding}"
    async with watching("--port", str(system.port), "--user", user, encoding=encoding) as process:
        await until_told(process, "live")
        await asyncio.to_thread(
            system.push, UPDATE | {"userId": user, "fileName": "Zoë.mp4 日.txt", "bytesUploaded": 1}
        )
        await until_told(process, shown)
        await asyncio.to_thread(system.push, UPDATE | {"userId": user, "fileName": "after.txt", "status": "completed"})
        await until_told(process, "completed", "after.txt")


async def test_a_connection_that_the_gateway_closes_is_followed_by_another(system: System) -> None:
    async with watching("--user", "bob", "--port", str(system.port)) as process:
        await until_told(process, "live")
        await asyncio.to_thread(_close_all_of, system, "bob")
        await until_told(process, "reconnecting in", "network")
        await until_told(process, "live")


def _close_all_of(system: System, user: str) -> None:
    base = f"http://127.0.0.1:{system.port}/_emulator/connections"
    with urllib.request.urlopen(f"{base}?find={user}") as answer:
        for connection in json.load(answer)["connections"]:
            urllib.request.urlopen(urllib.request.Request(f"{base}/{quote(connection['id'])}", method="DELETE")).close()


async def test_a_connection_that_gets_too_old_is_replaced_before_it_is_closed(system: System) -> None:
    """With its row moved into the past; what the sweep then warns of, the watcher heeds within 0.3 s."""
    seen = Seen()
    identity = f"http://localhost:{system.port}/_emulator/identity/token"
    async with aiohttp.ClientSession() as http:
        watcher = Watcher(system.url, of_provider(http, identity, "erin"), UploadList(), seen, chance=lambda: 0.01)
        watching = asyncio.create_task(watcher.run(http))
        [old] = await _connections_until(system, lambda found: len(found) == 1 and seen.told == ["live"])
        await asyncio.to_thread(_make_old, system, old)
        [new] = await _connections_until(system, lambda found: len(found) == 1 and old not in found)
        await asyncio.to_thread(system.push, UPDATE | {"userId": "erin", "rev": BEGAN})
        while seen.told != ["live", "live", BEGAN]:
            await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert new != old


async def _connections_until(system: System, holds: Callable[[list[str]], bool]) -> list[str]:
    """Erin's connections, once they are as they should be."""
    async with asyncio.timeout(30):
        while True:
            rows = await asyncio.to_thread(system.rows, "ConnectionsTable")
            found = [row["connectionId"]["S"] for row in rows if row["userId"]["S"] == "erin"]
            if holds(found):
                return found
            await asyncio.sleep(0.05)


def _make_old(system: System, connection_id: str) -> None:
    """It was opened 7 100 s ago, and a sweep finds that out."""
    opened = int(time.time() * 1000) - 7_100_000
    system.client("dynamodb").update_item(
        TableName="local-ConnectionsTable",
        Key={"userId": {"S": "erin"}, "connectionId": {"S": connection_id}},
        UpdateExpression="SET connectedAt = :opened, dueAt = :due",
        ExpressionAttributeValues={":opened": {"N": str(opened)}, ":due": {"N": "1"}},
    )
    system.client("lambda").invoke(FunctionName="SweepFunction", Payload=b"{}")


async def test_an_uploader_that_was_killed_hours_ago_is_called_stalled(system: System) -> None:
    hours_ago = datetime.now(UTC) - timedelta(hours=6)
    times = {"rev": int(hours_ago.timestamp() * 1000), "updatedAt": hours_ago.isoformat().replace("+00:00", "Z")}
    pace = {"bytesUploaded": 420, "bytesPerSecond": 20, "etaSeconds": 29}
    await asyncio.to_thread(system.push, UPDATE | times | pace | {"userId": "frank"})
    async with watching("--port", str(system.port), "--user", "frank") as process:
        line = await until_told(process, "holiday.mp4")
        assert "stalled, no news for 6:00:0" in line
        assert "/s" not in line and "left" not in line
        await asyncio.to_thread(system.push, UPDATE | {"userId": "frank", "bytesUploaded": 900, "bytesPerSecond": 20})
        assert "20 B/s" in await until_told(process, "90.0 %")


async def test_an_upload_that_falls_silent_gets_a_line(system: System) -> None:
    async with watching("--port", str(system.port), "--user", "grace", "--stalled-after", "1") as process:
        await until_told(process, "live")
        await asyncio.to_thread(system.push, UPDATE | {"userId": "grace", "bytesUploaded": 420})
        await until_told(process, "stalled, no news for")


async def test_who_stops_reading_ends_it(system: System) -> None:
    command = f"{sys.executable} -m clients.terminal --port {system.port} --user dora"
    process = await asyncio.create_subprocess_shell(f"{command} | head -1", cwd=ROOT, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    assert b"live" in await process.stdout.readline()
    for status in ("uploading", "completed"):
        await asyncio.to_thread(system.push, UPDATE | {"userId": "dora", "status": status})
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, said) == (0, b"")


async def test_another_stage_is_watched_with_a_token_command(system: System) -> None:
    url = system.url.replace("127.0.0.1", "localhost")
    token = f"{sys.executable} -m local_emulator.cli.token --user carol --port {system.port}"
    async with watching("--url", url, "--token-command", token) as process:
        await until_told(process, "live")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--token", "no-token"), 1, "The connection is over: the server refused the handshake with 401"),
        (("--token-command", "exit 3"), 1, "the token command ended with status 3 and no token"),
        (("--url", "wss://example.com"), 2, "--url requires --token or --token-command"),
        (("--token", "a", "--token-command", "b"), 2, "not allowed with argument"),
        (("--stalled-after", "0"), 2, "'0' is no positive number of seconds"),
        (("--stalled-after", "soon"), 2, "'soon' is no positive number of seconds"),
    ],
)
async def test_what_cannot_go_on_says_why(system: System, arguments: tuple[str, ...], status: int, words: str) -> None:
    async with watching("--port", str(system.port), *arguments) as process:
        _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == status
    assert words in said.decode()
    assert b"Traceback" not in said
