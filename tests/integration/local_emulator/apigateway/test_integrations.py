"""Integrations that are no Lambda proxies: mocks, HTTP endpoints, AWS services, over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import Emulated, emulating

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEMPLATE = Path(__file__).parent / "integrations" / "template.yaml"


ASKED: list[dict[str, Any]] = []


async def _answer(request: web.Request) -> web.Response:
    if request.path == "/slow":
        await asyncio.sleep(5)
    body = {
        "path": request.path_qs,
        "method": request.method,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": await request.text(),
    }
    ASKED.append(body)
    found = re.fullmatch(r"/status/(\d+)", request.path)
    return web.json_response(body, status=int(found[1]) if found else 201)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncIterator[str]:
    """The address of an HTTP server that says what it was asked."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", _answer)
    async with TestServer(application, host="127.0.0.1") as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def emulated(backend: str) -> AsyncIterator[Emulated]:
    async with emulating(TEMPLATE, parameters={"Backend": backend}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def connection(emulated: Emulated) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    opened = await emulated.connect("/Api/dev")
    yield opened
    await opened.close()


async def answer_to(connection: aiohttp.ClientWebSocketResponse, **message: Any) -> Any:
    await connection.send_json(message)
    return json.loads((await connection.receive(timeout=20)).data)


async def test_a_mock_lets_everyone_in_and_hears_of_the_end(emulated: Emulated) -> None:
    opened = await emulated.connect("/Api/dev")
    await opened.close()
    await until(lambda: "$disconnect" in emulated.lines and "MOCK 200" in emulated.lines)


async def test_the_template_of_a_mock_decides_on_the_handshake(emulated: Emulated) -> None:
    assert await emulated.refused("/Api/dev?status=403") == 403
    await (await emulated.connect("/Api/dev?status=bare")).close()
    # A mock without a usable status fails like any integration.
    assert await emulated.refused("/Api/dev?status=words") == 502


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


async def test_http_proxy_maps_parameters_and_passes_the_response_on(
    connection: aiohttp.ClientWebSocketResponse,
) -> None:
    message = {"action": "proxied", "room": "a/b ü", "text": "hello"}
    answer = await answer_to(connection, **message)
    assert (answer["method"], answer["path"]) == ("PUT", "/rooms/a%2Fb%20%C3%BC?fixed=1&kind=a+b")
    assert json.loads(answer["body"]) == message
    assert answer["headers"]["x-word"] == "pong"
    assert answer["headers"]["connectionid"].endswith("=")


async def test_a_message_cannot_add_headers(connection: aiohttp.ClientWebSocketResponse, emulated: Emulated) -> None:
    answer = await answer_to(connection, action="proxied", room="a", free="x\r\nX-Word: other")
    assert answer["message"] == "Internal server error"
    assert "the header X-Free has a line break" in emulated.lines


async def test_any_is_a_get_for_a_handshake(emulated: Emulated) -> None:
    await (await emulated.connect("/SecondApi/dev?status=204&a=1&a=2", headers={"X-Custom": "x"})).close()
    asked = ASKED[-1]
    assert (asked["method"], asked["path"]) == ("GET", "/status/204?status=204&a=1&a=2")
    assert (asked["headers"]["x-custom"], asked["headers"]["sec-websocket-version"]) == ("x", "13")
    assert await emulated.refused("/SecondApi/dev?status=418") == 418
    assert await emulated.refused("/SecondApi/dev") == 502


async def test_http_maps_request_and_response_by_its_status(connection: aiohttp.ClientWebSocketResponse) -> None:
    answer = await answer_to(connection, action="mapped", status=200, items=["a", "b"])
    assert answer["ok"]["method"] == "POST"
    sent = json.loads(answer["ok"]["body"])
    assert (sent["items"], len(sent)) == (["a", "b"], 2)
    assert await answer_to(connection, action="mapped", status=503, items=[]) == {"retry": "/status/503"}
    answer = await answer_to(connection, action="mapped", status=404, items=[])
    assert answer["reason"] == "no integration response matches '404', and there is no $default"


async def test_a_slow_backend_times_out(connection: aiohttp.ClientWebSocketResponse) -> None:
    assert (await answer_to(connection, action="slow"))["message"] == "Endpoint request timed out"


async def test_a_backend_that_is_not_there_is_an_error(
    connection: aiohttp.ClientWebSocketResponse, emulated: Emulated
) -> None:
    answer = await answer_to(connection, action="nobody")
    assert answer["message"] == "Internal server error"
    assert "POST http://127.0.0.1:9/: Cannot connect" in emulated.lines


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("outside", "its host api.example.com is not this machine; --allow-host api.example.com lets the emulator"),
        ("kinesis", "the service kinesis is not emulated for integrations"),
        ("wrong", "its mapping template '$default' cannot run: line 1: the method foo is not supported"),
    ],
)
async def test_what_cannot_run_is_named_at_start_and_in_the_answer(
    connection: aiohttp.ClientWebSocketResponse, action: str, reason: str
) -> None:
    answer = await answer_to(connection, action=action)
    assert reason in answer["reason"]
    [notice] = [text for text in read_template(TEMPLATE).notices if f"route {action} answers 500" in text]
    assert reason in notice
    assert re.search(r"template\.yaml:\d+", notice)


async def test_an_allowed_host_may_be_called() -> None:
    deployment = read_template(TEMPLATE, allowed_hosts=("api.example.com",))
    integration = deployment.apis[0].routes["outside"].integration
    assert integration is not None and integration.not_run is None


async def test_dynamodb_stores_and_returns_an_item(connection: aiohttp.ClientWebSocketResponse) -> None:
    await connection.send_json({"action": "put", "id": "1", "data": {"a": 'say "hi"'}})
    for _ in range(100):
        answer = await answer_to(connection, action="get", id="1")
        if answer["data"]:
            break
    assert json.loads(answer["data"]) == {"a": 'say "hi"'}
    assert "ValidationException" in (await answer_to(connection, action="get"))["error"]


async def test_a_message_reaches_a_queue_by_path_and_by_action(
    connection: aiohttp.ClientWebSocketResponse, emulated: Emulated
) -> None:
    await connection.send_json({"action": "send", "group": "g", "text": "it's 1 & 2 +"})
    message_id = (await connection.receive(timeout=20)).data
    await connection.send_json({"action": "send-action", "text": "plain & simple"})
    queue = boto3.client("sqs", endpoint_url=emulated.settings.aws_url, region_name="us-east-1", **KEYS)
    found: list[Any] = []
    while len(found) < 2:
        found += await asyncio.to_thread(_received, queue)
    bodies = {one["MessageId"]: one["Body"] for one in found}
    assert json.loads(bodies.pop(message_id)) == {"action": "send", "group": "g", "text": "it's 1 & 2 +"}
    assert list(bodies.values()) == ["plain & simple"]
    assert found[0]["MessageAttributes"]["connectionId"]["StringValue"].endswith("=")


KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


def _received(queue: Any) -> list[Any]:
    url = queue.get_queue_url(QueueName="jobs.fifo")["QueueUrl"]
    answer = queue.receive_message(QueueUrl=url, WaitTimeSeconds=2, MessageAttributeNames=["All"])
    for message in answer.get("Messages", []):
        queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return list(answer.get("Messages", []))


async def test_a_topic_answers_in_json(connection: aiohttp.ClientWebSocketResponse) -> None:
    assert len((await answer_to(connection, action="publish"))["sent"]) == 36


async def test_a_state_machine_that_is_not_there_is_selected_by_its_status(
    connection: aiohttp.ClientWebSocketResponse, emulated: Emulated
) -> None:
    answer = await answer_to(connection, action="start", machine="none")
    assert "StateMachineDoesNotExist" in answer["error"]
    await until(lambda: 'AWS 400 {"__type": "StateMachineDoesNotExist"' in emulated.lines)


async def test_an_execution_of_a_state_machine_of_the_template_is_recorded(
    connection: aiohttp.ClientWebSocketResponse, emulated: Emulated
) -> None:
    execution = (await answer_to(connection, action="start", machine="machine"))["started"]
    assert ":execution:machine:" in execution
    states = boto3.client("stepfunctions", endpoint_url=emulated.settings.aws_url, region_name="us-east-1", **KEYS)
    described = await asyncio.to_thread(states.describe_execution, executionArn=execution)
    assert json.loads(described["input"])["body"] == {"action": "start", "machine": "machine"}


async def test_a_function_is_invoked_with_the_mapped_body(connection: aiohttp.ClientWebSocketResponse) -> None:
    assert await answer_to(connection, action="invoke", text="hello") == {"said": "hello!"}
    assert await answer_to(connection, action="invoke", text="") == {"failed": "silence has no echo"}
