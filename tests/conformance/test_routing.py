"""Where a message goes, and what comes back of it."""

import json
from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection

from tests.conformance.stage import Stage

row = pytest.mark.row


def error(message: str, frame: str) -> str:
    """The error frame with these words and the ids of `frame`, as it stands on the wire."""
    ids = json.loads(frame)
    return f'{{"message": "{message}", "connectionId":"{ids["connectionId"]}", "requestId":"{ids["requestId"]}"}}'


@row("route-key")
def test_a_message_takes_the_route_that_it_names(stage: Stage) -> None:
    with stage.connect() as connection:
        assert stage.tell(connection, action="echo", n=1) == '{"action": "echo", "n": 1}'
        assert json.loads(stage.tell(connection, action="unknown"))["requestContext"]["routeKey"] == "$default"


@row("route-default")
@pytest.mark.parametrize("text", ["no JSON", "[]", '"echo"', "{}", '{"action": "$connect"}', '{"action": ["echo"]}'])
def test_what_names_no_route_takes_default(stage: Stage, text: str) -> None:
    with stage.connect() as connection:
        connection.send(text)
        assert json.loads(stage.hear(connection))["requestContext"]["routeKey"] == "$default"


@row("route-none")
def test_without_default_it_is_forbidden_and_the_connection_stays(stage: Stage, bare: str) -> None:
    with stage.connect(bare) as connection:
        frame = stage.tell(connection, action="unknown")
        assert frame == error("Forbidden", frame)
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("integration-raises")
@pytest.mark.parametrize("route", ["echo", "quiet"])
def test_a_function_that_raises_is_told_even_without_a_route_response(stage: Stage, route: str) -> None:
    with stage.connect() as connection:
        frame = stage.tell(connection, action=route, **{"raise": True})
        assert frame == error("Internal server error", frame)
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("integration-malformed")
@pytest.mark.parametrize(
    "result",
    ["text", {}, 7, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": 200, "headers": "a: b"}],
)
def test_a_malformed_result_is_an_internal_server_error(stage: Stage, result: object) -> None:
    with stage.connect() as connection:
        frame = stage.tell(connection, action="quiet", result=result)
        assert frame == error("Internal server error", frame)


@row("integration-extra-key")
@pytest.mark.parametrize("action", ["quiet", "echo"])
def test_a_result_with_another_key_is_malformed(stage: Stage, action: str) -> None:
    with stage.connect() as connection:
        frame = stage.tell(connection, action=action, result={"statusCode": 200, "ConnectionId": "x", "Data": "y"})
        assert frame == error("Internal server error", frame)


@row("integration-timeout")
def test_an_integration_that_takes_too_long_times_out_and_the_connection_stays(stage: Stage) -> None:
    with stage.connect() as connection:
        frame = stage.tell(connection, action="brief", seconds=2)
        assert frame == error("Endpoint request timed out", frame)
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("one-way")
def test_without_a_route_response_the_result_reaches_nobody(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send('{"action": "quiet"}')
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("one-way-status")
@pytest.mark.parametrize("status", [301, 401, 501])
def test_without_a_route_response_a_failing_status_is_silent(stage: Stage, status: int) -> None:
    with stage.connect() as connection:
        connection.send(json.dumps({"action": "quiet", "status": status}))
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("route-response")
def test_a_route_response_is_the_body_verbatim(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send('{"action":"echo",  "text": "ä😀"}')
        assert stage.hear(connection) == '{"action":"echo",  "text": "ä😀"}'


@row("route-response-status")
def test_a_route_response_is_sent_whatever_its_status(stage: Stage) -> None:
    with stage.connect() as connection:
        assert json.loads(stage.tell(connection, action="echo", status=500))["status"] == 500


@row("route-response-empty")
@pytest.mark.parametrize("result", [{"statusCode": 200}, {"statusCode": 200, "body": ""}])
def test_a_route_response_without_a_body_is_empty(stage: Stage, result: dict[str, object]) -> None:
    with stage.connect() as connection:
        assert stage.tell(connection, action="echo", result=result) == ""


@row("messages-concurrent")
def test_a_later_message_may_be_answered_first(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send('{"action": "echo", "seconds": 3}')
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'
        assert "seconds" in stage.hear(connection)


@row("model-accepts")
def test_a_message_that_fits_its_model_goes_through(stage: Stage) -> None:
    with stage.connect() as connection:
        message = {"action": "letter", "kind": "letter", "address": "abc", "weight": 19}
        assert json.loads(stage.tell(connection, **message)) == message


@row("model-refuses")
@pytest.mark.parametrize("fields", [{}, {"address": 7}, {"address": "ab"}, {"address": "abc", "weight": 20}])
def test_a_message_that_does_not_fit_is_a_bad_request_body(stage: Stage, fields: dict[str, object]) -> None:
    with stage.connect() as connection:
        frame = stage.tell(connection, action="letter", kind="letter", **fields)
        ids = json.loads(frame)
        assert frame == (
            f'{{"message" : "Bad request body", "connectionId": "{ids["connectionId"]}", '
            f'"messageId": "{ids["messageId"]}"}}'
        )
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("model-none-selected")
def test_where_no_model_is_selected_validation_fails(stage: Stage) -> None:
    with stage.connect() as connection:
        assert "Bad request body" in stage.tell(connection, action="letter", kind="other", address="abc")


@row("route-throttled")
def test_a_route_above_its_rate_does_not_close_the_connection(stage: Stage, bare: str) -> None:
    with stage.connect(bare) as connection:
        for n in range(10):
            connection.send(json.dumps({"action": "limited", "n": n}))
        answers = list(_everything(stage, connection))
        assert 1 <= sum('"limited"' in text for text in answers) < 10
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


def _everything(stage: Stage, connection: ClientConnection) -> Iterator[str]:
    """What comes until nothing does for a while."""
    while True:
        try:
            yield str(connection.recv(timeout=stage.patience / 10))
        except TimeoutError:
            return
