"""The Lambda authorizer of $connect: what it is asked, and what its answers mean."""

import pytest

from tests.conformance.stage import Stage, new_name

row = pytest.mark.row


@row("authorizer-allow")
def test_allow_lets_in(stage: Stage) -> None:
    with stage.connect(stage.url(authorizer="allow")) as connection:
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("authorizer-wildcard")
def test_a_wildcard_in_the_resource_covers_connect(stage: Stage) -> None:
    with stage.connect(stage.url(authorizer="wildcard")) as connection:
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("authorizer-deny")
@pytest.mark.parametrize("answer", ["deny", "both", "elsewhere"])
def test_what_the_policy_does_not_allow_is_403(stage: Stage, answer: str) -> None:
    who = new_name()
    assert stage.refusal(stage.url(who, authorizer=answer)).status_code == 403
    stage.nothing_of(who, "connect")


@row("authorizer-unauthorized")
def test_unauthorized_is_401(stage: Stage) -> None:
    assert stage.refusal(stage.url(authorizer="unauthorized")).status_code == 401


@row("authorizer-raises")
def test_any_other_error_is_500(stage: Stage) -> None:
    assert stage.refusal(stage.url(authorizer="raise")).status_code == 500


@row("authorizer-malformed")
def test_the_simple_answer_of_http_apis_is_500(stage: Stage) -> None:
    assert stage.refusal(stage.url(authorizer="simple")).status_code == 500


@row("authorizer-nested-context")
def test_an_object_in_the_context_is_500(stage: Stage) -> None:
    assert stage.refusal(stage.url(authorizer="nested")).status_code == 500


@row("authorizer-too-large")
def test_an_answer_over_8_kb_is_500(stage: Stage) -> None:
    assert stage.refusal(stage.url(authorizer="large")).status_code == 500


@row("authorizer-identity-source")
@pytest.mark.parametrize("query", ["", "?who=", "?other=x"])
def test_a_missing_identity_source_is_401(stage: Stage, query: str) -> None:
    assert stage.refusal(stage.target + query).status_code == 401


@row("authorizer-event")
def test_the_authorizer_sees_the_handshake_with_its_hop_headers(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who, k=["1"]), additional_headers={"X-Own": "mine"}):
        event = stage.event(who, "authorizer")
    assert event["type"] == "REQUEST"
    assert event["methodArn"].startswith("arn:aws:execute-api:")
    assert event["methodArn"].endswith(f"{event['requestContext']['apiId']}/live/$connect")
    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert (headers["connection"].lower(), headers["upgrade"].lower()) == ("upgrade", "websocket")
    assert headers["x-own"] == "mine"
    assert event["queryStringParameters"]["who"] == who
    assert event["multiValueQueryStringParameters"]["who"] == [who]
    assert event["stageVariables"] == {"colour": "green"}
    assert event["requestContext"]["routeKey"] == "$connect"
    assert event["requestContext"]["eventType"] == "CONNECT"
    assert not {"body", "isBase64Encoded", "pathParameters"} & event.keys()


@row("authorizer-context-kept")
def test_the_context_is_in_every_later_event(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)) as connection:
        connect = stage.event(who, "connect")["requestContext"]["authorizer"]
        message = stage.tell(connection, action="anything")
    disconnect = stage.event(who, "disconnect")["requestContext"]["authorizer"]
    assert connect["principalId"] == who and connect["text"] == "as it is"
    assert f'"principalId": "{who}"' in message and '"text": "as it is"' in message
    assert disconnect["principalId"] == who and disconnect["text"] == "as it is"


@row("authorizer-context-strings")
def test_numbers_and_flags_of_the_context_arrive_as_strings(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)):
        authorizer = stage.event(who, "connect")["requestContext"]["authorizer"]
    assert (authorizer["number"], authorizer["flag"]) == ("7", "true")


@row("authorizer-latency")
def test_only_connect_tells_how_long_the_authorizer_took(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)):
        connect = stage.event(who, "connect")
    assert isinstance(connect["requestContext"]["authorizer"]["integrationLatency"], int)
    assert "integrationLatency" not in stage.event(who, "disconnect")["requestContext"]["authorizer"]


@row("event-handshake-request")
def test_the_authorizer_and_connect_see_one_request(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)):
        asked, connect = (stage.event(who, kind)["requestContext"] for kind in ("authorizer", "connect"))
    for name in ("requestId", "requestTime", "requestTimeEpoch"):
        assert asked[name] == connect[name]
