"""How long the gateway waits, and for what it does not."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.apigateway.wire.test_heads import head
from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.emulating import emulating, write, write_template


def shortened(**limits: float) -> pytest.MarkDecorator:
    """Shortens only the limits under test: the start of another function may take longer on a busy machine."""
    return pytest.mark.parametrize("limits", [replace(GatewayLimits(), **limits)], ids=[""])  # type: ignore[arg-type]


@shortened(integration_timeout_ms=200)
async def test_a_connect_that_takes_too_long_is_504(running: Running) -> None:
    assert await running.refused("/dev?connect=wait") == 504


async def test_the_time_that_an_event_waits_for_a_processor_of_this_machine_does_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        app=f"""
            import json, os, time
            def say(event, context):
                while json.loads(event["body"])["hangs"] and not os.path.exists({str(tmp_path / "go-on")!r}):
                    time.sleep(0.01)
                raise ValueError("it ran")
            """,
    )
    template = write_template(tmp_path, Say="CodeUri: ., Handler: app.say, Timeout: 60")
    limits = replace(GatewayLimits(), integration_timeout_ms=1000)
    async with emulating(template, max_environments=1, limits=limits) as emulated:
        hanging, waiting = await emulated.connect("/dev"), await emulated.connect("/dev")
        await hanging.send_json({"hangs": True})
        await waiting.send_json({"hangs": False})
        assert json.loads((await hanging.receive(timeout=20)).data)["message"] == "Endpoint request timed out"
        await asyncio.sleep(0.2)  # the other event has waited for as long, too
        (tmp_path / "go-on").touch()
        assert json.loads((await waiting.receive(timeout=20)).data)["message"] == "Internal server error"


@shortened(authorizer_timeout_ms=200)
async def test_an_authorizer_that_takes_too_long_is_500(running: Running) -> None:
    assert await running.refused("/dev?authorizer=wait") == 500
    await until(lambda: bool(running.events))
    assert [event["type"] for event in running.events] == ["REQUEST"]  # $connect was not asked


async def test_an_authorizer_is_asked_once(running: Running) -> None:
    connection = await running.connect()
    for _ in range(2):
        await connection.send_str('{"action": "echo"}')
        await connection.receive()
    await connection.close()
    await until(lambda: len(running.of_kind("DISCONNECT")) == 1)

    assert len([event for event in running.events if event.get("type") == "REQUEST"]) == 1


WISHES = [{"large": 128 * 1024 + 1}, *({"result": {"statusCode": 200, "body": body}} for body in ({"a": 1}, ["a"], 7))]


@pytest.mark.parametrize("wish", WISHES, ids=["large", "object", "list", "number"])
async def test_a_route_response_that_cannot_be_sent_is_an_error(running: Running, wish: dict[str, object]) -> None:
    connection = await running.connect()
    await connection.send_str(json.dumps({"action": "echo", **wish}))

    assert json.loads((await connection.receive()).data)["message"] == "Internal server error"
    await connection.close()


@pytest.mark.parametrize(
    "result", [{"statusCode": 200}, {"statusCode": 200, "body": None}, {"statusCode": 200, "body": ""}]
)
async def test_a_route_response_without_a_body_is_an_empty_message(running: Running, result: dict[str, object]) -> None:
    connection = await running.connect()
    await connection.send_str(json.dumps({"action": "echo", "result": result}))

    assert (await connection.receive()).data == ""
    await connection.close()


@shortened(close_wait_seconds=0.3)
async def test_who_does_not_answer_a_close_is_cut_off(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.port)
    writer.write(head())
    await reader.readuntil(b"\r\n\r\n")
    assert await running.status("DELETE", f"/dev/@connections/{running.connection_id}") == 204
    await until(lambda: len(running.of_kind("DISCONNECT")) == 1)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(10_000)
    writer.close()
