"""Every function runs from its own bundle, under AWS's runtime client, against moto's server and the emulator."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bundle.functions import FUNCTIONS
from testing.bundles import ROOT, for_here
from testing.running import System, running_system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The template as `sam build` writes it: each function's CodeUri is its bundle."""
    template = tmp_path_factory.mktemp("built") / "template.yaml"
    template.write_text(built((ROOT / "template.yaml").read_text(encoding="utf-8"), for_here()), encoding="utf-8")
    with running_system("--template", str(template), "--isolation", "process") as started:
        yield started


def built(text: str, bundles: Path) -> str:
    for function in FUNCTIONS:
        start = rf"(?m)^(  {function}:\n(?:    .*\n)*?    Properties:\n)"
        text, replaced = re.subn(start, rf"\1      CodeUri: {bundles / function}\n", text)
        assert replaced == 1
    return text


async def heard(connection: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next message of a type; others may come before it."""
    async with asyncio.timeout(20):
        while (message := await connection.receive_json())["type"] != kind:
            pass
    return message


async def invoked(system: System, function: str, payload: Any) -> Any:
    client = await asyncio.to_thread(system.client, "lambda")
    answer = await asyncio.to_thread(client.invoke, FunctionName=function, Payload=json.dumps(payload).encode())
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return said


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)


async def test_a_user_watches_an_upload_through_functions_that_run_from_their_bundles(
    system: System, http: aiohttp.ClientSession
) -> None:
    token = await asyncio.to_thread(system.token, "alice")
    later = await asyncio.to_thread(system.token, "alice", lifetimeSeconds=7200)
    protocols = ("upload-progress.v1", f"bearer.{token}")

    async with http.ws_connect(system.url, protocols=protocols) as connection:  # authorizer, connect
        assert connection.protocol == "upload-progress.v1"
        await connection.send_json({"action": "hello"})  # default
        assert (await heard(connection, "welcome"))["activeConnections"] == 1
        assert (await heard(connection, "snapshot"))["uploads"] == []
        await connection.send_json({"action": "refresh", "token": later})  # default reads tokens, too
        assert "tokenExpiresAt" in await heard(connection, "refreshed")
        update = {"userId": "alice", "uploadId": "u-1", "fileName": "a.mov", "status": "uploading"}
        assert (await invoked(system, "PushFunction", update))["delivered"] == 1
        assert (await heard(connection, "status"))["upload"]["uploadId"] == "u-1"
        assert await invoked(system, "SweepFunction", {}) == {}  # nothing is due yet

    await until(lambda: system.rows("ConnectionsTable") == [])  # disconnect


async def test_a_token_that_does_not_hold_is_refused(system: System, http: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(system.url, protocols=("upload-progress.v1", "bearer.a.b.c"))

    assert refused.value.status == 401
