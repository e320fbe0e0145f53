import asyncio
import re
import urllib.request
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import aiohttp
import pytest
from botocore.exceptions import ClientError

from tests.integration.local_emulator.conftest import Running

NEVER = "AAAAAAAAAAAAAAA="
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/execute-api/aws4_request,"
    " SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
    "X-Amz-Date": "20260101T000000Z",
}


@pytest.fixture
async def connection(running: Running) -> Any:
    opened = await running.connect(headers={"User-Agent": "Firefox"})
    yield opened
    await opened.close()


async def test_post_delivers_one_text_message(running: Running, connection: aiohttp.ClientWebSocketResponse) -> None:
    answer = await asyncio.to_thread(
        running.management().post_to_connection, ConnectionId=running.connection_id, Data="é€".encode()
    )

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    message = await connection.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.TEXT, "é€")


async def test_get_tells_times_and_identity(running: Running, connection: aiohttp.ClientWebSocketResponse) -> None:
    answer = await asyncio.to_thread(running.management().get_connection, ConnectionId=running.connection_id)

    assert answer["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "Firefox"}
    assert abs((datetime.now(UTC) - answer["ConnectedAt"]).total_seconds()) < 60
    assert answer["LastActiveAt"] >= answer["ConnectedAt"]


async def test_get_is_byte_for_byte_that_of_a_capture(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    time = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    form = rb"""{
  "identity" : {
    "sourceIp" : "127.0.0.1",
    "userAgent" : "Firefox"
  },
  "connectedAt" : "%b",
  "lastActiveAt" : "%b"
}""" % (time, time)
    async with running.http.get(_url(running, running.connection_id), headers=SIGNED) as answer:
        assert re.fullmatch(form, await answer.read())


@pytest.mark.parametrize(
    ("method", "id", "status", "content_type", "traced", "body"),
    [
        ("GET", None, 200, "application/json", True, None),
        ("POST", None, 200, "application/json", True, b""),
        ("DELETE", None, 204, None, True, b""),
        ("POST", NEVER, 410, "application/json", True, b""),
        ("GET", NEVER, 410, "application/json", True, b""),
        ("DELETE", NEVER, 410, "application/json", True, b""),
        ("GET", "x", 400, "application/json", False, b'{"message":"Invalid connectionId: x"}'),
        ("PUT", NEVER, 403, "application/json", False, b'{"message":"Forbidden"}'),
    ],
)
async def test_each_answer_has_the_headers_of_its_capture(
    running: Running,
    connection: aiohttp.ClientWebSocketResponse,
    method: str,
    id: str | None,
    status: int,
    content_type: str | None,
    traced: bool,
    body: bytes | None,
) -> None:
    url = _url(running, id or running.connection_id)
    async with running.http.request(method, url, headers=SIGNED, data=b"x" if method == "POST" else None) as answer:
        said, headers = await answer.read(), answer.headers
    assert (answer.status, headers.get("Content-Type")) == (status, content_type)
    assert body is None or said == body
    assert uuid.UUID(headers["x-amzn-RequestId"]) and len(headers["x-amz-apigw-id"]) == 16
    assert bool(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers.get("x-amzn-trace-id", ""))) is traced
    assert headers.get("Content-Length") == (None if status == 204 else str(len(said)))


async def test_delete_answers_204_and_then_the_connection_is_gone(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    management = running.management()
    answer = await asyncio.to_thread(management.delete_connection, ConnectionId=running.connection_id)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    for operation, more in _operations(management):
        with pytest.raises(management.exceptions.GoneException):
            await asyncio.to_thread(operation, ConnectionId=running.connection_id, **more)


async def test_a_connection_that_never_was_is_gone(running: Running) -> None:
    management = running.management()
    for operation, more in _operations(management):
        with pytest.raises(management.exceptions.GoneException):
            await asyncio.to_thread(operation, ConnectionId="PJqB0fHsqRcCHlw=", **more)


async def test_an_id_of_another_shape_is_a_bad_request(running: Running) -> None:
    management = running.management()
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(
            management.post_to_connection, ConnectionId="b2f7ffc8-3c1b-4a53-9f0e-000000000000", Data=b"x"
        )
    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_128_kb_pass_and_one_byte_more_does_not(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    management = running.management()
    full = b"x" * (128 * 1024)
    await asyncio.to_thread(management.post_to_connection, ConnectionId=running.connection_id, Data=full)
    assert (await connection.receive()).data == full.decode()

    with pytest.raises(management.exceptions.PayloadTooLargeException):
        await asyncio.to_thread(management.post_to_connection, ConnectionId=running.connection_id, Data=full + b"x")


@pytest.mark.parametrize("at", ["@", "%40"])
@pytest.mark.parametrize("equals", ["=", "%3D"])
async def test_the_at_sign_and_the_id_may_be_encoded_or_not(
    running: Running, connection: aiohttp.ClientWebSocketResponse, at: str, equals: str
) -> None:
    connection_id = running.connection_id.replace("=", equals)
    assert await _post(f"{running.base}/dev/{at}connections/{connection_id}", SIGNED) == 200
    assert (await connection.receive()).data == "hi"


async def test_an_unsigned_call_is_forbidden(running: Running, connection: aiohttp.ClientWebSocketResponse) -> None:
    url = f"{running.base}/dev/@connections/{running.connection_id}"
    assert await _post(url, {}) == 403
    assert await _post(url, {"Authorization": "Bearer token"}) == 403
    assert await _post(url, {"Authorization": "AWS4-HMAC-SHA256 nonsense"}) == 403


@pytest.mark.parametrize("stage", ["prod", "dev2", "%64ev2"])
async def test_a_wrong_stage_is_forbidden(running: Running, stage: str) -> None:
    assert await _post(f"{running.base}/{stage}/@connections/PJqB0fHsqRcCHlw=", SIGNED) == 403


async def test_a_client_that_does_not_read_is_a_limit_exceeded(
    running: Running, connection: aiohttp.ClientWebSocketResponse
) -> None:
    assert connection._response.connection and connection._response.connection.transport
    connection._response.connection.transport.pause_reading()  # type: ignore[attr-defined]
    url = f"{running.base}/dev/@connections/{running.connection_id}"
    statuses = set()
    for _ in range(200):
        statuses.add(await _post(url, SIGNED, b"x" * 128 * 1024))
        if 429 in statuses:
            break
    connection._response.connection.transport.abort()
    assert statuses == {200, 429}


def _url(running: Running, connection_id: str) -> str:
    return f"{running.base}/dev/@connections/{connection_id}"


def _operations(management: Any) -> list[tuple[Any, dict[str, bytes]]]:
    return [
        (management.post_to_connection, {"Data": b"x"}),
        (management.get_connection, {}),
        (management.delete_connection, {}),
    ]


async def _post(url: str, headers: dict[str, str], data: bytes = b"hi") -> int:
    """A POST whose path goes out exactly as it is written."""

    def post() -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    return await asyncio.to_thread(post)
