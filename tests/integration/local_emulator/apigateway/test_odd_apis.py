"""APIs with what is not emulated, with several stages, and with settings that mean something else on a laptop."""

import json
from pathlib import Path

import pytest

from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import ECHO, Running


@pytest.fixture
def template() -> Path:
    return ECHO / "odd.yaml"


async def test_an_integration_that_cannot_run_is_named_and_refuses_handshakes(running: Running) -> None:
    notices = read_template(ECHO / "odd.yaml").notices
    assert any(
        "Outside: route $connect answers 500: its host example.com is not this machine" in notice for notice in notices
    )

    assert await running.refused("/Outside/dev") == 500
    assert "its host example.com is not this machine" in running.lines


async def test_a_function_of_another_stack_is_named_and_refuses_handshakes(running: Running) -> None:
    notices = read_template(ECHO / "odd.yaml").notices
    wanted = "Elsewhere: route $connect is not emulated: its function is not in this template"
    assert any(wanted in notice for notice in notices)

    assert await running.refused("/Elsewhere/dev") == 500
    assert "not emulated" in running.lines


async def test_a_message_to_an_integration_that_cannot_run_gets_the_reason(running: Running) -> None:
    connection = await running.connect("/Proxied/one")
    await connection.send_str("hello")

    answer = json.loads((await connection.receive()).data)
    assert answer["message"] == "Internal server error"
    assert "its host example.com is not this machine" in answer["reason"]
    await connection.close()


async def test_stages_of_one_api_do_not_know_each_others_connections(running: Running) -> None:
    connection = await running.connect("/Proxied/two")
    await connection.send_str("hello")
    connection_id = json.loads((await connection.receive()).data)["connectionId"]
    statuses = {}
    for stage in ("one", "two"):
        statuses[stage] = await running.status("GET", f"/Proxied/{stage}/@connections/{connection_id}")

    assert statuses == {"one": 410, "two": 200}
    await connection.close()


def test_a_disabled_endpoint_is_named() -> None:
    assert any("disables its execute-api endpoint" in notice for notice in read_template(ECHO / "odd.yaml").notices)
