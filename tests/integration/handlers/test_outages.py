"""DynamoDB or the management API is unavailable: few retries, in time, a clear log, nothing half-written."""

import json
import logging
import socket
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, connect, default, disconnect, push, sweep
from infra.gateway.management_api import CALL_SECONDS
from infra.gateway.sender.engine import GRACE_SECONDS
from local_emulator.deployment import Deployment
from testing import gateway_events
from testing.aws_environment import forget_adapters
from testing.lambda_context import Context
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

REQUEST_ID = "PJqB0E1tKRcF-Qw="


class Outage:
    """The network of a client leads nowhere; `attempts` counts per operation."""

    def __init__(self, client: Any) -> None:
        self.attempts: dict[str, int] = {}
        self.over = False
        client.meta.events.register_first("before-call", self._called)
        client.meta.events.register_first("before-send", self._refuse)

    def _called(self, model: Any, **_: Any) -> None:
        self._operation = model.name

    def _refuse(self, **_: Any) -> None:
        if not self.over:
            self.attempts[self._operation] = self.attempts.get(self._operation, 0) + 1
            raise ConnectTimeoutError(endpoint_url="http://127.0.0.1")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long botocore would have waited between its attempts."""
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waits.append))
    return waits


@pytest.fixture
def no_dynamodb(world: None, slept: list[float]) -> Outage:
    return Outage(bootstrap._dynamodb())


@pytest.fixture
def no_management(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the management API should be."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/prod"
    monkeypatch.setenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", url)
    forget_adapters()


def connected(connection_id: str = "A=", *, minutes_ago: float = 2.5) -> None:
    at = int(time.time() * 1000 - minutes_ago * 60_000)
    made = new_connection(
        "alice", connection_id, connected_at=at, token_expires_at=at + 36_000_000, limits=ConnectionLimits()
    )
    bootstrap.connections().add(made)


def failures(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [one.__dict__ for one in caplog.records if one.name == "upload_progress" and one.levelno >= logging.ERROR]


def worst_seconds(client: Any) -> float:
    """How long one call may take: both time-outs for each attempt, and the longest waits of botocore's standard mode.

    Retry behavior, AWS SDKs and Tools Reference Guide: exponential backoff, base 1 s for throttling, factor 2.
    """
    config = client.meta.config
    attempts: int = config.retries["total_max_attempts"]
    waits = sum(min(20, 2**number) for number in range(attempts - 1))
    return float(attempts * (config.connect_timeout + config.read_timeout) + waits)


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        # The first call that fails is the last, but for what is left to say.
        pytest.param("ConnectFunction", ("dynamodb", "dynamodb"), id="connect: query, call for a sweep"),
        pytest.param("DisconnectFunction", ("dynamodb",), id="disconnect: delete"),
        pytest.param("DefaultFunction", ("dynamodb", "management"), id="default: write, tell the client"),
        pytest.param("DefaultFunction", ("management", "management"), id="default: say why, close"),
        pytest.param("PushFunction", ("dynamodb", "management"), id="push: settle, send"),
    ],
)
def test_all_retries_of_what_fails_end_before_the_function_does(
    deployment: Deployment, function: str, calls: tuple[str, ...]
) -> None:
    worst = {"dynamodb": worst_seconds(bootstrap._dynamodb()), "management": CALL_SECONDS + GRACE_SECONDS}
    assert sum(worst[name] for name in calls) < deployment.functions[function].timeout_seconds


def test_a_handshake_waits_no_longer_than_its_410_is_excused(deployment: Deployment) -> None:
    assert deployment.functions["ConnectFunction"].timeout_seconds < 29  # API Gateway quotas: integration time-out


def test_a_message_without_dynamodb_is_answered_with_the_id_to_ask_about(
    no_dynamodb: Outage, management: StubManagement, caplog: pytest.LogCaptureFixture, slept: list[float]
) -> None:
    default.handler(gateway_events.message("alice", "A=", '{"action": "ping", "id": 7}'), None)

    [error] = management.sent_to("A=")
    assert (error["type"], error["code"], error["id"], error["requestId"]) == ("error", 4500, 7, REQUEST_ID)
    assert management.closed() == []
    assert no_dynamodb.attempts == {"UpdateItem": 3} and sum(slept) <= 3
    [record] = failures(caplog)
    assert (record["message"], record["gatewayRequestId"]) == ("message_failed", REQUEST_ID)
    assert record["exc_info"] is not None


@pytest.mark.parametrize(
    ("handle", "logged"),
    [
        (lambda: connect.handler(gateway_events.connect("alice", "A="), None), "connect_failed"),
        (lambda: disconnect.handler(gateway_events.disconnect("alice", "A="), None), "disconnect_failed"),
    ],
    ids=["connect", "disconnect"],
)
def test_a_connection_that_cannot_be_stored_or_forgotten_is_an_error_that_names_the_request(
    no_dynamodb: Outage, caplog: pytest.LogCaptureFixture, handle: Callable[[], Any], logged: str
) -> None:
    with pytest.raises(ConnectTimeoutError):
        handle()

    assert list(no_dynamodb.attempts.values()) == [3]
    [record] = failures(caplog)
    assert (record["message"], record["gatewayRequestId"]) == (logged, REQUEST_ID)
    no_dynamodb.over = True
    assert bootstrap.connections().of_user("alice", 0) == []


def test_a_push_without_dynamodb_waits_on_the_queue_before_anybody_hears_of_it(
    no_dynamodb: Outage, management: StubManagement
) -> None:
    answer = push.handler({"userId": "alice", "uploadId": "u", "status": "queued"}, Context())

    assert (answer["failed"], answer["queued"], management.calls) == (1, 1, [])
    assert no_dynamodb.attempts == {"BatchGetItem": 3}
    no_dynamodb.over = True
    assert bootstrap.uploads().of_user("alice") == []


@pytest.mark.usefixtures("no_management")
def test_a_push_without_the_gateway_has_stored_what_it_could_not_send() -> None:
    connected()
    before = bootstrap.connections().of_user("alice", 0)

    answer = push.handler({"userId": "alice", "uploadId": "u", "status": "queued"}, Context())

    assert (answer["delivered"], answer["failed"], answer["gone"], answer["queued"]) == (0, 1, 0, 1)
    assert [one.upload_id for one in bootstrap.uploads().of_user("alice")] == ["u"]
    assert bootstrap.connections().of_user("alice", 0) == before


@pytest.mark.usefixtures("no_management")
@pytest.mark.parametrize("body", ['{"action": "hello"}', '{"action": "ping"}', "nonsense"])
def test_a_message_without_the_gateway_is_a_sign_of_life_and_closes_nothing(body: str) -> None:
    connected()
    before = int(time.time() * 1000)

    default.handler(gateway_events.message("alice", "A=", body), None)

    [row] = bootstrap.connections().of_user("alice", 0)
    assert row.last_seen_at >= before and row.closing is None


def test_a_sweep_without_dynamodb_fails_at_once_and_the_next_begins_anew(
    management: StubManagement, slept: list[float]
) -> None:
    connected()
    outage = Outage(bootstrap._dynamodb())
    with pytest.raises(ConnectTimeoutError):
        sweep.handler({}, Context())
    assert outage.attempts == {"Query": 3} and management.calls == []

    outage.over = True
    assert sweep.handler({}, Context()) == {"pinged": 1}


@pytest.mark.usefixtures("no_management")
def test_a_ping_that_never_left_us_does_not_count_as_unanswered() -> None:
    connected()

    assert sweep.handler({}, Context()) == {}

    [row] = bootstrap.connections().of_user("alice", 0)
    assert (row.pinged_at, row.unanswered_pings, row.closing) == (None, 0, None)


def test_rows_that_dynamodb_has_no_capacity_for_stay_due(management: StubManagement) -> None:
    connected()
    asked: list[Any] = []

    def unprocessed(params: Any, **_: Any) -> Any:
        asked.append(json.loads(params["body"])["RequestItems"])
        return SimpleNamespace(status_code=200), {"Responses": {}, "UnprocessedKeys": asked[0]}

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.BatchGetItem", unprocessed)

    assert sweep.handler({}, Context()) == {}
    assert len(asked) == 3 and management.calls == []
