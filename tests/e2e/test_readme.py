"""The README's pipeline runs as it stands, as often as one likes, against `make run`, and reaches nothing else."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from testing.running import ROOT
from tests.e2e.product import Product

README = (ROOT / "README.md").read_text(encoding="utf-8")
WIRE = "upload-progress.v1"
LEFT = 3
# Ends the process before a name is looked up or a packet sent to another machine. A raised exception would not do: the
# reporter's thread takes every error of its target for one that passes.
GUARD = """
import os, sys

def keep_inside(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in ("localhost", "127.0.0.1", "::1"):
        os.write(2, f"reached for {host}".encode())
        os._exit(%d)

sys.addaudithook(keep_inside)
exec(compile(sys.stdin.read(), "README.md", "exec"), {"__name__": "__main__"})
"""


def pipeline() -> str:
    """The one block of Python in the README."""
    [block] = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(block)


def exported() -> dict[str, str]:
    """The variables that the README has its reader export, each named once."""
    lines = re.findall(r"^ +(?:\$ )?export (.+)$", README, re.MULTILINE)
    pairs = [pair.split("=", 1) for line in lines for pair in line.split()]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def run(folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the pipeline in a folder, with these variables of AWS and no file of settings."""
    environment = {
        "PYTHONPATH": str(ROOT / "clients" / "python" / "src"),
        "HOME": str(folder),
        "AWS_MAX_ATTEMPTS": "1",
        **variables,
    }
    command = [sys.executable, "-c", GUARD % LEFT]
    return subprocess.run(
        command, cwd=folder, env=environment, input=pipeline(), capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
async def product() -> AsyncIterator[Product]:
    """What `make run` starts."""
    started = Product()
    await started.start()
    yield started
    await started.stop()


def with_ports(variables: dict[str, str], product: Product) -> dict[str, str]:
    """The exported variables with the ports of this product in place of `make run`'s own."""
    ports = {"3001": product.port, "3002": product.aws_port}
    return {name: re.sub(r":(300[12])\b", lambda m: f":{ports[m[1]]}", value) for name, value in variables.items()}


async def watch(product: Product, http: aiohttp.ClientSession, user: str) -> aiohttp.ClientWebSocketResponse:
    """A connection of this user, greeted."""
    base = f"http://localhost:{product.port}"
    async with http.post(f"{base}/_emulator/identity/token", json={"user": user}) as answer:
        token = (await answer.json())["token"]
    watching = await http.ws_connect(f"{base}/ws/upload-progress", protocols=(WIRE, f"bearer.{token}"))
    await watching.send_json({"action": "hello"})
    return watching


async def upload_until_its_end(watching: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    """The states of an upload that a watcher is told, up to the end of an attempt."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        while not told or told[-1]["status"] not in ("completed", "failed", "canceled"):
            message = await watching.receive_json()
            if message["type"] in ("status", "progress"):
                told.append(message["upload"])
    return told


async def test_two_runs_as_it_stands_are_two_attempts_that_a_watcher_sees(
    product: Product, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    watching = await watch(product, http, "alice")
    for attempt in (1, 2):
        done = await asyncio.to_thread(run, tmp_path, with_ports(exported(), product))

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        told = await upload_until_its_end(watching)
        # Two calls of push run at once, so progress may arrive after the end of its attempt.
        told = [one for one in told if one["attempt"] >= attempt]
        assert {(one["uploadId"], one["attempt"]) for one in told} == {("holiday.mp4", attempt)}
        assert told[0]["status"] == "uploading"
        assert (told[-1]["status"], told[-1]["percent"]) == ("completed", 100)
    await watching.close()


async def test_without_the_endpoints_it_would_reach_for_aws(product: Product, tmp_path: Path) -> None:
    """What watches over the test above ends a run that leaves this machine, in whichever thread."""
    given = with_ports(exported(), product)
    endpoint, _ = given.pop("AWS_ENDPOINT_URL"), given.pop("AWS_ENDPOINT_URL_LAMBDA")
    for more, service in ({}, "s3"), ({"AWS_ENDPOINT_URL_S3": endpoint}, "lambda"):
        done = await asyncio.to_thread(run, tmp_path, given | more)

        assert (done.returncode, done.stdout) == (LEFT, "")
        assert re.fullmatch(rf"reached for .*{service}.*\.amazonaws\.com", done.stderr)
