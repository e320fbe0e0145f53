"""What the console and the inspector say when the gateway answers by itself, and what they keep to themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.conftest import Running, until

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture
def limits() -> GatewayLimits:
    return replace(GatewayLimits(), integration_timeout_ms=3_000)


async def refused(running: Running, *words: str) -> None:
    """Waits for a line of a refusal that has all the words, on the console and in the inspector."""

    def line() -> bool:
        lines = [line for line in running.lines.splitlines() if " refused " in line]
        return any(all(word in line for word in words) for line in lines)

    await until(line)
    async with running.http.get(f"{running.base}/_emulator/records?full=1") as answer:
        rows = (await answer.json())["rows"]
    shown = [f"{row['what']} {row['payload']}" for row in rows if row["kind"] == "refused"]
    assert any(all(word in text for word in words) for text in shown), shown


HANDSHAKES: list[tuple[str, int, tuple[str, ...]]] = [
    ("/other", 403, ("403 ForbiddenException", "nothing is served at /other", "/dev")),
    ("/dev/more", 403, ("403 ForbiddenException", "nothing is served at /dev/more")),
    ("/dev?authorizer=unauthorized", 401, ("401", "the authorizer raised Unauthorized")),
    ("/dev?authorizer=broken", 500, ("500", "AUTHORIZER_FAILURE", "ValueError", "no key")),
    ("/dev?authorizer=nonsense", 500, ("500 AuthorizerConf", "AUTHORIZER_CONFIGURATION_ERROR", "principalId")),
    ("/dev?authorizer=Deny", 403, ("403 AccessDenied", "statement 1 of the policy denies", "/dev/$connect")),
    ("/dev?connect=raise", 502, ("502", "customer function error: ValueError: no")),
    ("/dev?connect=none", 502, ("502", "Malformed Lambda proxy response: it is null", "inferred")),
    ("/dev?status=418", 418, ("418", "$connect returned statusCode 418")),
]


async def test_a_refused_handshake_has_a_reason(running: Running) -> None:
    for path, status, words in HANDSHAKES:
        assert await running.refused(path) == status
        await refused(running, *words)
    assert await running.status_unsigned("GET", "/dev") == 426
    await refused(running, "426", "the header Upgrade lacks websocket")


MESSAGES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"action": "nowhere"}, ("Forbidden", "no route nowhere", "echo, quiet", "$request.body.action")),
    ({"action": "quiet", "result": {"echo": 1}}, ("Malformed", "there is no statusCode", '{"echo": 1}')),
    (
        {"action": "quiet", "result": {"statusCode": 200, "body": "b", "Data": "d"}},
        ("Malformed", "Data: a proxy result has only statusCode", "one capture"),
    ),
    ({"action": "quiet", "result": {"statusCode": 200, "body": {}}}, ("Malformed", "body is not a string")),
    ({"action": "quiet", "raise": True}, ("Internal server error", "ValueError", "as you wish")),
    ({"action": "slow"}, ("Endpoint request timed out", "no answer within 300 ms")),
    ({"action": "echo", "large": 128 * 1024 + 1}, ("Internal server error", "131073, the limit is 131072")),
]


async def test_a_refused_message_has_a_reason_and_no_token(running: Running) -> None:
    connection = await running.connect()
    for message, words in MESSAGES:
        await connection.send_str(json.dumps(message))
        assert (await connection.receive_json())["requestId"]
        await refused(running, running.connection_id, *words)
    await connection.send_str(json.dumps({"action": JWT}))
    await connection.send_str(json.dumps({"action": "quiet", "result": {"token": "topsecret", "body": JWT}}))
    for _ in range(2):
        await connection.receive()
    await refused(running, "there is no statusCode", "(hidden)")
    assert "topsecret" not in running.lines and JWT not in running.lines
    await connection.close()


async def test_a_message_whose_function_is_throttled_is_an_error_with_its_reason(running: Running) -> None:
    connection = await running.connect()
    await connection.send_str('{"action": "stopped"}')
    assert (await connection.receive_json())["message"] == "Internal server error"
    await refused(running, "Internal server error", "Lambda throttled Stopped")
    await connection.close()


async def test_a_refused_call_of_connections_has_a_reason(running: Running) -> None:
    connection = await running.connect()
    id = running.connection_id
    path = f"/dev/@connections/{id}"
    assert await running.status_unsigned("POST", path) == 403
    await refused(running, "403 MissingAuthenticationToken", "no Signature Version 4")
    for method, called, status, words in (
        ("GET", "/dev/@connections/x", 400, ("400 BadRequestException", "x is no connection id")),
        ("GET", "/dev/@connections/AAAAAAAAAAAAAAA=", 410, ("410 GoneException", "it has not been open")),
        ("PUT", path, 403, ("403 ForbiddenException", "not PUT")),
        ("GET", "/dev/@connections", 403, ("403 ForbiddenException", "nothing is served at /dev/@connections")),
    ):
        assert await running.status(method, called) == status
        await refused(running, *words)
    assert await running.status("POST", path, data=b"x" * (128 * 1024 + 1)) == 413
    await refused(running, "413 PayloadTooLarge", "the limit is 131072")
    await connection.close()
    await until(lambda: f"closed       {id}" in running.lines)
    assert await running.status("GET", path) == 410
    await refused(running, "410 GoneException", "it is closed")


async def test_a_close_by_the_gateway_has_a_reason(running: Running) -> None:
    for sent, words in (
        (b"x" * (32 * 1024 + 1), "1009 Max frame length of 32768 has been exceeded.  the client sent a frame of 32769"),
        (None, "1000 Connection Closed Normally  closed by DeleteConnection"),
        (b"", "1003  the client sent a binary frame"),
    ):
        connection = await running.connect()
        if sent is None:
            assert await running.status("DELETE", f"/dev/@connections/{running.connection_id}") == 204
        elif sent:
            await connection.send_str(sent.decode())
        else:
            await connection.send_bytes(sent)
        await connection.receive()
        await until(lambda words=words: words in running.lines)  # type: ignore[misc]
