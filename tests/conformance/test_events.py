"""The events that functions see: what is in them and, as much, what is not."""

import json
import re
from typing import Any

import pytest

from tests.conformance.stage import Stage, new_name

row = pytest.mark.row
ID = re.compile(r"[A-Za-z0-9_-]{15}=")


def seen(stage: Stage, path: str = "", **more: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The three events of one connection."""
    who = new_name()
    with stage.connect(stage.url(who) + path, **more) as connection:
        message = json.loads(stage.tell(connection, action="anything"))
    return stage.event(who, "connect"), message, stage.event(who, "disconnect")


@row("event-connect")
def test_connect_shows_the_handshake_without_hop_headers_and_without_a_body(stage: Stage) -> None:
    connect, _, _ = seen(stage, additional_headers={"X-Own": "mine"})
    assert not {"body", "version", "path", "httpMethod", "resource", "rawPath", "cookies"} & connect.keys()
    names = {name.lower() for name in connect["headers"]}
    assert {"host", "sec-websocket-key", "sec-websocket-version", "x-own", "x-forwarded-for"} <= names
    assert not {"connection", "upgrade", "content-length"} & names
    assert connect["headers"].keys() == connect["multiValueHeaders"].keys()
    assert connect["isBase64Encoded"] is False


@row("event-query")
def test_of_a_repeated_name_the_last_value_counts_and_all_are_listed(stage: Stage) -> None:
    connect, _, _ = seen(stage, "&k=first&k=a%20b%2Bc&empty=")
    assert connect["queryStringParameters"]["k"] == "a b+c"
    assert connect["multiValueQueryStringParameters"]["k"] == ["first", "a b+c"]
    assert connect["queryStringParameters"]["empty"] == ""


@row("event-message")
def test_a_message_has_neither_headers_nor_query(stage: Stage) -> None:
    _, message, _ = seen(stage)
    assert not {"headers", "multiValueHeaders", "queryStringParameters"} & message.keys()
    assert not {"multiValueQueryStringParameters", "version", "path"} & message.keys()
    assert message["requestContext"]["eventType"] == "MESSAGE"
    assert message["requestContext"]["messageDirection"] == "IN"
    assert message["isBase64Encoded"] is False


@row("event-message-body")
@pytest.mark.parametrize("text", ["no JSON", '{"a":  "ä😀"}', "[1]", "\u0000", " "])
def test_the_body_is_the_text_as_it_was_sent(stage: Stage, text: str) -> None:
    with stage.connect() as connection:
        connection.send(text)
        assert json.loads(stage.hear(connection))["body"] == text


@row("event-message-id")
def test_only_messages_have_a_message_id(stage: Stage) -> None:
    connect, message, disconnect = (event["requestContext"] for event in seen(stage))
    assert ID.fullmatch(message["messageId"])
    assert "messageId" not in connect and "messageId" not in disconnect


@row("event-disconnect-headers")
def test_disconnect_has_its_four_headers(stage: Stage) -> None:
    _, _, disconnect = seen(stage, additional_headers={"X-Own": "mine"})
    host = disconnect["requestContext"]["domainName"]
    assert disconnect["headers"] == {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert disconnect["multiValueHeaders"] == {name: [value] for name, value in disconnect["headers"].items()}
    assert not {"body", "queryStringParameters", "multiValueQueryStringParameters"} & disconnect.keys()


@row("event-ids")
def test_ids_are_eleven_bytes_and_the_request_id_stands_there_twice(stage: Stage) -> None:
    for event in seen(stage):
        context = event["requestContext"]
        assert ID.fullmatch(context["connectionId"]) and ID.fullmatch(context["requestId"])
        assert context["requestId"] == context["extendedRequestId"]


@row("event-constant")
def test_what_belongs_to_the_connection_never_changes(stage: Stage) -> None:
    contexts = [event["requestContext"] for event in seen(stage)]
    for name in ("connectionId", "connectedAt", "stage", "domainName", "apiId"):
        assert len({context[name] for context in contexts}) == 1
    assert contexts[0]["stage"] == "live"


@row("event-times")
def test_times_are_milliseconds_and_a_common_log_date(stage: Stage) -> None:
    for event in seen(stage):
        context = event["requestContext"]
        assert 0 <= context["requestTimeEpoch"] - context["connectedAt"] < 600_000
        assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])


@row("event-user-agent")
def test_a_client_without_a_user_agent_leaves_no_key(stage: Stage) -> None:
    with_agent, _, _ = seen(stage, user_agent_header="Own/1.0")
    without, message, disconnect = seen(stage)
    assert with_agent["requestContext"]["identity"]["userAgent"] == "Own/1.0"
    for event in (without, message, disconnect):
        assert event["requestContext"]["identity"].keys() == {"sourceIp"}


@row("event-stage-variables")
def test_events_show_the_variables_of_the_stage(stage: Stage) -> None:
    for event in seen(stage):
        assert event["stageVariables"] == {"colour": "green"}
