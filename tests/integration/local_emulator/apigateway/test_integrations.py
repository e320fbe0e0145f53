"""Integrations that are no Lambda proxies: mocks, HTTP endpoints, AWS services, over real sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import Emulated, emulating

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEMPLATE = Path(__file__).parent / "integrations" / "template.yaml"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def emulated() -> AsyncIterator[Emulated]:
    async with emulating(TEMPLATE) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def connection(emulated: Emulated) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    opened = await emulated.connect()
    yield opened
    await opened.close()


async def answer_to(connection: aiohttp.ClientWebSocketResponse, **message: Any) -> Any:
    await connection.send_json(message)
    return json.loads((await connection.receive(timeout=20)).data)


async def test_a_mock_lets_everyone_in_and_hears_of_the_end(emulated: Emulated) -> None:
    opened = await emulated.connect()
    await opened.close()
    await until(lambda: "$disconnect" in emulated.lines and "MOCK 200" in emulated.lines)


async def test_the_template_of_a_mock_decides_on_the_handshake(emulated: Emulated) -> None:
    assert await emulated.refused("/dev?status=403") == 403
    await (await emulated.connect("/dev?status=bare")).close()
    # A mock without a usable status fails like any integration.
    assert await emulated.refused("/dev?status=words") == 502


async def test_a_ping_gets_the_pong_of_the_integration_response(connection: aiohttp.ClientWebSocketResponse) -> None:
    assert await answer_to(connection, action="ping") == {"type": "pong"}


async def test_the_status_selects_the_integration_response(connection: aiohttp.ClientWebSocketResponse) -> None:
    assert await answer_to(connection, action="ping", status="409") == {"type": "conflict"}
    assert await answer_to(connection, action="ping", status="503") == {"type": "pong"}


async def test_a_route_without_a_route_response_says_nothing(connection: aiohttp.ClientWebSocketResponse) -> None:
    await connection.send_json({"action": "one-way"})
    assert await answer_to(connection, action="ping") == {"type": "pong"}


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("undecided", "no integration response matches '200', and there is no $default"),
        ("never", "no request template is selected, and PassthroughBehavior is NEVER"),
    ],
)
async def test_an_integration_that_selects_nothing_fails_with_the_reason(
    connection: aiohttp.ClientWebSocketResponse, emulated: Emulated, action: str, reason: str
) -> None:
    answer = await answer_to(connection, action=action)
    assert (answer["message"], answer["reason"]) == ("Internal server error", reason)
    assert f"configuration error: {reason}" in emulated.lines
