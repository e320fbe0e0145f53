"""What EventBridge brings: updates, and objects that were created; and requests to disconnect, from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import push
from infra import bootstrap
from infra.fanout.policy import MOST_TRIES
from local_emulator.deployment import Deployment
from tests.handlers.lambda_context import Context
from tests.handlers.queues import DEAD, handle, send, take, wait
from tests.handlers.test_outages import Outage
from tests.handlers.test_push import connected, said, told
from tests.stub_management import StubManagement
from tests.world import world_of

EVENTS = Path(__file__).parents[1] / "events" / "push"


@pytest.fixture(autouse=True)
def world(deployment: Deployment, management: StubManagement) -> Iterator[None]:
    with world_of(deployment, management, UPLOAD_KEY_PATTERN="uploads/{userId}/{uploadId}"):
        yield


def golden(name: str, **detail: Any) -> Any:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    return event | {"detail": event["detail"] | detail}


def created(key: str = "uploads/alice/u1", size: int = 10) -> Any:
    return golden("object_created", object={"key": key, "size": size})


def push_counts(event: Any) -> dict[str, Any]:
    return {name: value for name, value in push.handler(event, Context()).items() if value}


def test_an_event_is_told_with_its_own_time_and_the_same_one_again_is_a_duplicate(management: StubManagement) -> None:
    connected()

    assert push_counts(golden("eventbridge")) == {"received": 1, "delivered": 1}
    assert push_counts(golden("eventbridge")) == {"received": 1, "duplicate": 1, "delivered": 1}

    assert [upload["rev"] for upload in told(management)] == [1513968228000] * 2


def test_an_invalid_event_is_parked_for_nobody_reads_the_answer() -> None:
    assert push_counts(golden("eventbridge", status="done"))["invalid"] == 1

    [parked] = take(DEAD)
    assert json.loads(parked["body"])["status"] == "done"
    assert parked["messageAttributes"]["field"]["StringValue"] == "status"


def test_an_object_in_the_bucket_completes_its_upload(management: StubManagement) -> None:
    connected()
    push_counts(said(rev=2_000_000_000_000, attempt=2, bytesUploaded=4, bytesTotal=10, fileName="a.bin"))

    assert push_counts(created()) == {"received": 1, "delivered": 1}

    last = told(management)[-1]
    assert (last["status"], last["percent"], last["attempt"], last["fileName"]) == ("completed", 100, 2, "a.bin")


def test_an_object_elsewhere_in_the_bucket_is_ignored_and_counted(management: StubManagement) -> None:
    connected()

    assert push_counts(created("thumbnails/u1.png")) == {"ignored": 1}
    assert management.calls == [] and take(DEAD) == []


def test_a_completion_that_could_not_be_delivered_waits_on_the_queue_as_it_came(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403
    assert push_counts(created()) == {"received": 1, "failed": 1, "queued": 1}

    wait(5.1)
    [message] = take()
    assert json.loads(message["body"]) == [created()]
    del management.answers["A="]
    assert handle([message]) == set()
    assert [upload["status"] for upload in told(management)] == ["completed"] * 2


@pytest.mark.parametrize("through", ["invocation", "queue", "event"])
def test_a_request_closes_every_connection_of_its_user_and_says_why(management: StubManagement, through: str) -> None:
    connected("A="), connected("B="), connected("C=", "bob")
    request = {"disconnect": {"userId": "alice", "reason": "You signed out everywhere."}}

    if through == "queue":
        assert handle(send(request)) == set()
    else:
        event = request if through == "invocation" else golden("eventbridge") | {"detail": request}
        assert push_counts(event) == {"received": 1, "closed": 2}

    assert sorted(management.closed()) == ["A=", "B="]
    [farewell] = management.sent_to("B=")
    assert farewell == {
        **{"type": "disconnect", "code": 4403, "reason": "revoked", "message": "You signed out everywhere."},
        **{"reconnect": False, "retryAfterMs": 0},
    }
    assert bootstrap.connections().of_user("alice", 0) == []
    assert len(bootstrap.connections().of_user("bob", 0)) == 1


def test_all_connections_are_marked_before_the_first_is_told_or_closed(management: StubManagement) -> None:
    for number in range(6):
        connected(f"A{number}="), connected(f"B{number}=", "bob")
    seen: list[set[str | None]] = []

    def look(method: str, to: str) -> None:
        theirs = [one for user in ("alice", "bob") for one in bootstrap.connections().of_user(user, 0)]
        seen.append({one.closing for one in theirs})

    management.overheard = look

    requests = [{"disconnect": {"userId": user}} for user in ("alice", "bob", "alice")]
    assert push_counts(requests) == {"received": 3, "closed": 12}
    assert seen[0] == {"revoked"}
    methods = [method for method, to, _ in management.calls if to.startswith("A")]
    assert methods == ["POST"] * 6 + ["DELETE"] * 6


def test_a_connection_that_is_closing_already_and_reads_nothing_is_closed_as_well(management: StubManagement) -> None:
    connected(closing="idle_timeout")
    management.next_answers["A="] = [429] * MOST_TRIES

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1, "closed": 1}
    assert management.closed() == ["A="]


def test_without_time_no_request_is_begun_and_each_comes_again(management: StubManagement) -> None:
    connected()

    answer = push.handler({"disconnect": {"userId": "alice"}}, Context(remaining_ms=20_000))

    assert (answer["closed"], answer["failed"], answer["queued"], management.calls) == (0, 1, 1, [])
    assert [one.closing for one in bootstrap.connections().of_user("alice", 0)] == [None]


def test_a_request_beside_updates_is_carried_out_after_them(management: StubManagement) -> None:
    connected()

    counts = push_counts({"updates": [said()], "disconnect": {"userId": "alice"}})

    assert counts == {"received": 2, "delivered": 1, "closed": 1}
    assert [message["type"] for message in management.sent_to("A=")] == ["status", "disconnect"]


def test_a_connection_that_could_not_be_told_is_marked_and_left_to_the_sweep(management: StubManagement) -> None:
    connected()
    management.answers["A="] = 403

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1}

    [row] = bootstrap.connections().of_user("alice", 0)
    assert row.closing == "revoked"


def test_a_request_comes_again_if_the_connections_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    connected()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    outage = Outage(bootstrap._dynamodb())

    assert push_counts({"disconnect": {"userId": "alice"}}) == {"received": 1, "failed": 1, "queued": 1}

    outage.over = True
    wait(5.1)
    assert handle(take()) == set()
    assert bootstrap.connections().of_user("alice", 0) == []
