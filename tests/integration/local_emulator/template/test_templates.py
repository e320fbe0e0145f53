"""Templates in the styles found in the wild, each started and talked to: connect, a message, its answer, disconnect."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import aiohttp

from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import Emulated, emulating

TEMPLATES = Path(__file__).parents[3] / "templates"


def _template(name: str) -> Path:
    [found] = (TEMPLATES / name).glob("template.*")
    return found


async def _rows(emulated: Emulated, table: str) -> list[dict[str, Any]]:
    """What another process would read on the AWS port."""
    headers = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
    headers["Authorization"] = (
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    )
    body = json.dumps({"TableName": table})
    async with emulated.http.post(emulated.settings.aws_url, data=body, headers=headers) as answer:
        rows: list[dict[str, Any]] = (await answer.json(content_type=None))["Items"]
        return rows


async def _text(connection: aiohttp.ClientWebSocketResponse) -> str:
    text: str = (await connection.receive(timeout=20)).data
    return text


async def test_every_template_is_talked_to_here() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}
    source = Path(__file__).read_text()
    assert len(folders) >= 8
    assert {folder for folder in folders if f'_template("{folder}")' not in source} == set()


async def test_chat_everyone_hears_everyone_and_each_folder_runs_its_own_app() -> None:
    async with emulating(_template("chat")) as emulated:
        first, second = await emulated.connect("/Prod"), await emulated.connect("/Prod")
        assert len(await _rows(emulated, "chat_connections")) == 2
        await first.send_json({"action": "sendmessage", "data": "good evening"})
        assert [await _text(first), await _text(second)] == ["good evening", "good evening"]

        await second.close()
        await until(lambda: emulated.lines.count("$disconnect") == 1)
        assert len(await _rows(emulated, "chat_connections")) == 1
        await first.send_json({"action": "sendmessage", "data": "alone"})
        assert await _text(first) == "alone"
        await first.close()


async def test_sam_api_the_authorizers_context_reaches_the_message() -> None:
    async with emulating(_template("sam_api")) as emulated:
        assert await emulated.refused("/live?ticket=wrong", headers={"X-Room": "blue"}) == 401
        assert await emulated.refused("/live?ticket=opensesame") == 401
        said = await emulated.say(
            "/live?ticket=opensesame", '{"type": "say", "text": "hi"}', headers={"X-Room": "blue"}
        )
        assert json.loads(said) == {"room": "blue", "text": "hi", "greeting": "hello"}
        pong = await emulated.say("/live?ticket=opensesame", '{"type": "ping"}', headers={"X-Room": "blue"})
        assert json.loads(pong) == {"type": "pong"}


async def test_mixed_the_written_out_route_and_the_default() -> None:
    async with emulating(_template("mixed")) as emulated:
        drawn = await emulated.say("/v1", '{"action": "draw_line", "points": [1, 2]}')
        assert json.loads(drawn) == {"drawn": [1, 2], "by": "local-draw-line"}
        assert json.loads(await emulated.say("/v1", "{}")) == {"error": "no such action: {}"}


async def test_plain_json_echoes_and_counts() -> None:
    async with emulating(_template("plain_json")) as emulated:
        assert await emulated.refused("/beta?name=nobody") == 403
        connection = await emulated.connect("/beta?name=ann")
        for text in ("one", "two"):
            await connection.send_str(text)
            assert await _text(connection) == text
        await connection.send_json({"message": {"kind": "count"}})
        assert json.loads(await _text(connection)) == {"count": 2, "limit": 5}
        await connection.close()


async def test_conditions_decide_what_is_there() -> None:
    async with emulating(_template("conditions"), parameters={"Environment": "prod"}) as emulated:
        said = json.loads(await emulated.say("/live", '{"text": "hello"}'))
        assert said == {
            "text": "HELLO",
            "label": "local/use1/${literal}/audited by AuditFunction",
            "regions": ["us-east-1", "eu-west-1"],
        }
        connection = await emulated.connect("/live")
        await connection.send_json({"action": "audit", "text": "noted"})
        await until(lambda: " audit " in emulated.lines)
        assert " audit " in emulated.lines and "Error" not in emulated.lines
        await connection.close()


async def test_conditions_of_the_default_leave_the_audit_out() -> None:
    async with emulating(_template("conditions")) as emulated:
        said = json.loads(await emulated.say("/dev", '{"action": "audit", "text": "hello"}'))
        assert (said["text"], said["label"]) == ("HELLO", "local/use1/${literal}/nobody in dev")


async def test_layers_are_importable_and_each_folder_runs_its_own_app() -> None:
    async with emulating(_template("layers")) as emulated:
        told = json.loads(await emulated.say("/prod", '{"action": "time"}'))
        assert len(told["connectedAt"]) == len("12:34:56")
        assert json.loads(await emulated.say("/prod", "hello")) == {"echo": "hello"}


async def test_two_apis_what_players_do_watchers_see() -> None:
    async with emulating(_template("two_apis")) as emulated:
        watcher = await emulated.connect("/Watchers/watch")
        player = await emulated.connect("/Players/play")
        await player.send_str("a move")
        assert await _text(watcher) == "a move"
        await watcher.close()
        await player.close()


async def test_route_responses_answer_with_the_return_value() -> None:
    async with emulating(_template("route_responses")) as emulated:
        said = await emulated.say("/default", '{"op": "add", "numbers": [1, 2, 3]}')
        assert json.loads(said) == {"sum": 6}


async def test_environments_that_disagree_are_right_for_each_function() -> None:
    async with emulating(_template("environments")) as emulated:
        said = [await emulated.say("/prod", json.dumps({"language": one})) for one in ("english", "french", "")]
        assert said == ["Good morning", "Bonjour", "…"]


async def test_containers_are_named_and_the_rest_runs() -> None:
    async with emulating(_template("node_beside_python")) as emulated:
        connection = await emulated.connect("/prod")
        await connection.send_json({"action": "container"})
        assert json.loads(await _text(connection))["message"] == "Internal server error"
        assert "ContainerFunction is not emulated: it is a container image" in emulated.lines
        if shutil.which("node"):
            assert await emulated.invoke("NodeFunction") == {"statusCode": 200}
        await connection.send_str("{}")
        assert await _text(connection) == "python"
        await connection.close()
    notices = read_template(_template("node_beside_python")).notices
    assert any("ContainerFunction is not run: it is a container image" in notice for notice in notices)


async def test_queues_a_record_reaches_every_listener() -> None:
    async with emulating(_template("queues")) as emulated:
        listener = await emulated.connect("/prod")
        await emulated.invoke("Broadcast", {"Records": [{"messageId": "m1", "body": '{"headline": "rain"}'}]})
        assert json.loads(await _text(listener)) == {"headline": "rain"}
        await listener.send_json({"action": "publish", "headline": "sun"})
        await until(lambda: " publish " in emulated.lines)
        assert "Error" not in emulated.lines
        await listener.close()


async def test_guarded_origin_only_who_comes_through_the_front_is_let_in() -> None:
    parameters = {"UseCloudFront": "true"}
    template = _template("guarded_origin")
    async with emulating(template, parameters=parameters) as emulated:
        assert await emulated.refused("/prod") == 403
        assert await emulated.say("/live/gate", "anyone?") == "anyone?"


async def test_broadcaster_everyone_hears_it_and_who_asks_is_shown_out() -> None:
    async with emulating(_template("broadcaster")) as emulated:
        guests = [await emulated.connect("/live") for _ in range(3)]
        await guests[0].send_json({"action": "shout", "text": "encore"})
        assert [await _text(guest) for guest in guests] == ["ENCORE!"] * 3
        await guests[1].send_json({"action": "leave"})
        assert (await guests[1].receive(timeout=20)).data == 1000
        for guest in guests:
            await guest.close()


async def test_inline_each_function_runs_the_code_in_the_template() -> None:
    async with emulating(_template("inline")) as emulated:
        assert await emulated.say("/prod", "hello") == "echo: hello"
        assert await emulated.say("/prod", '{"action": "shout", "text": "hello"}') == "HELLO!"


async def test_cdk_the_rooms_of_a_synthesised_stack() -> None:
    async with emulating(_template("cdk")) as emulated:
        assert await emulated.refused("/live?word=please") == 403
        first, second = [await emulated.connect("/live?word=sesame&room=blue") for _ in range(2)]
        await first.send_json({"action": "say", "text": "good evening"})
        said = {"said": "good evening", "greeting": "/rooms/greeting"}
        assert [json.loads(await _text(one)) for one in (first, second)] == [said, said]
        assert json.loads(await _text(first)) == {"heardBy": 2}
        await second.close()
        await until(lambda: emulated.lines.count("$disconnect") == 1)
        await first.send_json({"action": "say", "text": "alone"})
        assert [json.loads(await _text(first)) for _ in range(2)] == [said | {"said": "alone"}, {"heardBy": 1}]
        await first.close()
    [notice] = read_template(_template("cdk")).notices
    assert "Parameter Store is not read" in notice and "BootstrapVersion" not in notice


async def test_events_a_row_that_is_written_comes_back_through_its_stream() -> None:
    async with emulating(_template("events")) as emulated:
        assert json.loads(await emulated.say("/prod", "hello")) == "hello"
