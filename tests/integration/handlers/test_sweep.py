"""What a sweep does to the rows and says to the connections."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.connection import HANDSHAKE_MS, Connection, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, connect, sweep
from infra.dynamodb.due_index import ShardUnreadError
from infra.dynamodb.ping_log import NOTES
from testing import gateway_events
from testing.lambda_context import Context
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")

MINUTE = 60_000


def now_ms() -> int:
    return int(time.time() * 1000)


def connected(connection_id: str = "A=", *, minutes_ago: float = 1, due: bool = True, **fields: Any) -> Connection:
    """A connection opened so long ago and due now; `last_seen_at` and the like may say more."""
    at = now_ms() - int(minutes_ago * MINUTE)
    made = new_connection(
        "alice", connection_id, connected_at=at, token_expires_at=at + 600 * MINUTE, limits=ConnectionLimits()
    )
    made = replace(made, due_at=now_ms() - 1 if due else now_ms() + MINUTE)
    made = replace(made, **fields)
    bootstrap.connections().add(made)
    return made


def run() -> dict[str, int]:
    return sweep.handler({}, Context())


def rows() -> dict[str, Connection]:
    return {one.connection_id: one for one in bootstrap.connections().of_user("alice", 0)}


def told(management: StubManagement, connection_id: str = "A=") -> list[Any]:
    return [message["type"] for message in management.sent_to(connection_id)]


def test_a_quiet_connection_is_pinged_and_the_ping_goes_on_record(management: StubManagement) -> None:
    connected(minutes_ago=2.5)

    assert run()["pinged"] == 1
    assert told(management) == ["ping"]
    row = rows()["A="]
    assert row.ping_begun_at is not None and abs(now_ms() - row.ping_begun_at) < MINUTE
    assert row.due_at > now_ms()

    bootstrap.connections().add(replace(row, due_at=now_ms() - 1, ping_begun_at=row.ping_begun_at - MINUTE))
    assert run()["pinged"] == 1
    assert rows()["A="].unanswered_pings == 1 and rows()["A="].pinged_at == row.ping_begun_at - MINUTE


def test_a_ping_that_is_not_on_record_does_not_count(management: StubManagement) -> None:
    connected(minutes_ago=2.5)

    def throttled(params: Any, model: Any, **_: Any) -> None:
        if json.loads(params["body"])["Key"]["userId"]["S"] == NOTES:
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.UpdateItem", throttled)

    assert run() == {"failed": 1}
    row = rows()["A="]
    bootstrap.connections().add(replace(row, due_at=now_ms() - 1, ping_begun_at=now_ms() - MINUTE))
    assert told(management) == ["ping"]
    assert run() == {"failed": 1}
    assert rows()["A="].unanswered_pings == 0


def test_a_ping_that_the_gateway_does_not_take_counts_as_one_without_an_answer(management: StubManagement) -> None:
    """A client that reads nothing must not stay because its pings cannot be posted."""
    connected(minutes_ago=2.5)
    management.answers["A="] = 429

    for _ in range(2):
        assert run() == {"unposted": 1}
        row = rows()["A="]
        assert row.ping_begun_at is not None
        bootstrap.connections().add(replace(row, due_at=now_ms() - 1, ping_begun_at=row.ping_begun_at - MINUTE))
    management.on_call = lambda method, to: management.answers.update({"A=": 429 if method == "POST" else 204})

    assert run() == {"closed:no_pong": 1}
    assert rows() == {}


def test_one_client_that_does_not_read_costs_a_batch_one_more_try_and_not_five(management: StubManagement) -> None:
    for number in range(20):
        connected(f"C{number}=", minutes_ago=2.5)
    management.answers["C7="] = 429

    assert run() == {"pinged": 19, "unposted": 1}
    assert len(management.sent_to("C7=")) == 2


def test_what_is_not_due_is_left_alone(management: StubManagement) -> None:
    connected(minutes_ago=30, due=False)

    assert run() == {}
    assert management.calls == []


def test_a_connection_that_spoke_is_only_looked_at_again_later(management: StubManagement) -> None:
    connected(minutes_ago=2.5, last_seen_at=now_ms() - 1000, last_active_at=now_ms() - 1000)

    assert run() == {"waiting": 1}
    assert management.calls == []
    assert rows()["A="].due_at > now_ms() + MINUTE


def test_two_pings_without_an_answer_close_it(management: StubManagement) -> None:
    seen = now_ms() - 4 * MINUTE
    connected(minutes_ago=5, last_seen_at=seen, last_active_at=seen, pinged_at=now_ms() - MINUTE, unanswered_pings=2)

    assert run() == {"closed:no_pong": 1}
    assert management.sent_to("A=")[0]["code"] == 4412
    assert management.closed() == ["A="]
    assert rows() == {}


def test_an_idle_connection_is_warned_once_and_then_closed_with_its_reason(management: StubManagement) -> None:
    connected(minutes_ago=3.5, last_seen_at=now_ms() - 1000)
    run()
    [warning] = management.sent_to("A=")
    assert (warning["type"], warning["reason"]) == ("warning", "idle")

    bootstrap.connections().add(
        replace(
            rows()["A="],
            last_active_at=now_ms() - 6 * MINUTE,
            warned_at={"idle": now_ms() - 2 * MINUTE},
            due_at=now_ms() - 1,
        )
    )
    assert run() == {"closed:idle_timeout": 1}
    assert (management.sent_to("A=")[-1]["code"], management.sent_to("A=")[-1]["reconnect"]) == (4408, False)
    assert rows() == {}


def test_an_expired_token_closes_at_once(management: StubManagement) -> None:
    connected(minutes_ago=3, token_expires_at=now_ms() - 1)

    assert run() == {"closed:token_expired": 1}
    assert management.sent_to("A=")[0]["code"] == 4401


def test_one_at_its_greatest_age_is_told_to_come_back(management: StubManagement) -> None:
    connected(
        minutes_ago=119,
        last_seen_at=now_ms(),
        last_active_at=now_ms(),
        warned_at={"max_duration": now_ms() - 5 * MINUTE},
    )

    assert run() == {"closed:max_duration": 1}
    assert (management.sent_to("A=")[0]["code"], management.sent_to("A=")[0]["reconnect"]) == (4410, True)


def test_a_close_that_was_begun_is_finished(management: StubManagement) -> None:
    connected(minutes_ago=3, closing="replaced")

    assert run() == {"closed:replaced": 1}
    assert management.sent_to("A=")[0]["code"] == 4427
    assert rows() == {}


@pytest.mark.parametrize(
    ("reason", "sweeps"),
    [("token_expired", 1), ("revoked", 1), ("no_pong", 1), ("idle_timeout", 2), ("max_duration", 2)],
)
def test_a_client_that_does_not_read_is_closed_by_the_first_or_the_second_sweep(
    management: StubManagement, reason: str, sweeps: int
) -> None:
    now = now_ms()
    fields: dict[str, dict[str, Any]] = {
        "token_expired": {"token_expires_at": now - 1},
        "revoked": {"closing": "revoked"},
        "no_pong": {"last_seen_at": now - 4 * MINUTE, "pinged_at": now - MINUTE, "unanswered_pings": 2},
        "idle_timeout": {"last_active_at": now - 6 * MINUTE, "warned_at": {"idle": now - 2 * MINUTE}},
        "max_duration": {"connected_at": now - 119 * MINUTE, "warned_at": {"max_duration": now - 5 * MINUTE}},
    }
    connected(**{"minutes_ago": 7, "last_seen_at": now, **fields[reason]})
    management.on_call = lambda method, to: management.answers.update({"A=": 429 if method == "POST" else 204})

    for sweep_number in range(1, sweeps + 1):
        counts = run()
        assert counts == ({f"closed:{reason}": 1} if sweep_number == sweeps else {"unfinished": 1})
        for row in rows().values():
            bootstrap.connections().add(replace(row, due_at=now_ms() - 1))
    assert rows() == {}


def test_a_close_that_the_gateway_does_not_take_is_left_for_the_next_sweep(management: StubManagement) -> None:
    connected(minutes_ago=3, token_expires_at=now_ms() - 1)
    management.answers["A="] = 403

    assert run() == {"unfinished": 1}
    row = rows()["A="]
    assert row.closing == "token_expired"
    assert row.due_at > now_ms()


def test_a_connection_that_is_gone_is_forgotten(management: StubManagement) -> None:
    connected(minutes_ago=3)
    management.answers["A="] = 410

    run()
    assert rows() == {}


def test_a_410_within_the_handshake_does_not_mean_gone(management: StubManagement) -> None:
    opened = now_ms() - HANDSHAKE_MS // 2
    connected(connected_at=opened, last_seen_at=now_ms() - 10 * MINUTE, last_active_at=now_ms())
    management.answers["A="] = 410

    run()
    assert list(rows()) == ["A="]


def test_a_crowd_that_nobody_could_trim_at_its_handshakes_is_trimmed_by_the_sweep(management: StubManagement) -> None:
    for number in range(11):
        connect.handler(gateway_events.connect("alice", f"A{number}="), None)
    assert management.closed() == []

    later = now_ms() + HANDSHAKE_MS
    crowded = [one for one in rows().values() if one.crowded]
    assert [one.connection_id for one in crowded] == ["A10="]
    for number, one in enumerate(rows().values()):
        earlier = now_ms() - 2 * HANDSHAKE_MS + number
        bootstrap.connections().add(replace(one, connected_at=earlier, last_active_at=earlier, due_at=later))
    bootstrap.connections().add(replace(rows()["A10="], due_at=now_ms() - 1))

    assert run() == {"closed:connection_limit": 1}
    assert len(rows()) == 10 and not any(one.crowded for one in rows().values())
    assert run() == {}


def test_a_sweep_that_dies_before_it_has_trimmed_leaves_the_crowd_to_the_next(management: StubManagement) -> None:
    for number in range(12):
        connected(f"C{number:02}=", due=False, last_active_at=now_ms() - 10_000 - number, last_seen_at=now_ms())
    connected("crowded=", crowded=True, last_active_at=now_ms(), last_seen_at=now_ms())
    refuse("Query", index=None)

    assert run() == {"failed": 1}
    assert rows()["crowded="].crowded and now_ms() < rows()["crowded="].due_at <= now_ms() + MINUTE

    bootstrap.connections().add(replace(rows()["crowded="], due_at=now_ms() - 1))
    assert run() == {"closed:connection_limit": 3}
    assert len(rows()) == 10 and not rows()["crowded="].crowded


def test_one_connection_that_cannot_be_looked_after_costs_the_others_nothing(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        connected(f"C{number}=", minutes_ago=2.5)
    refuse("UpdateItem")

    counts = run()

    assert counts["failed"] == 1 and len(management.calls) == 4
    [record] = [one for one in caplog.records if one.message == "look_failed"]
    assert record.__dict__["connectionId"] not in [to for _, to, _ in management.calls]
    assert record.exc_info is not None


def test_a_close_for_a_reason_of_a_newer_release_is_finished_all_the_same(management: StubManagement) -> None:
    connected(minutes_ago=3, closing="moved_to_another_planet")

    assert run() == {"closed:moved_to_another_planet": 1}
    [told] = management.sent_to("A=")
    assert (told["type"], told["code"], told["reconnect"]) == ("disconnect", 4500, True)


def test_one_read_that_dynamodb_refuses_costs_its_batch_alone(
    management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(130):
        connected(f"C{number}=", minutes_ago=2.5)
    refuse("BatchGetItem")

    assert run() == {"pinged": 30}
    [record] = [one for one in caplog.records if one.message == "rows_not_read"]
    assert (record.__dict__["rows"], record.exc_info is not None) == (100, True)
    assert run() == {"pinged": 100}


def test_one_shard_that_dynamodb_refuses_costs_the_others_nothing(management: StubManagement) -> None:
    made = [connected(f"C{number}=", minutes_ago=2.5) for number in range(40)]
    refuse("Query")

    with pytest.raises(ShardUnreadError, match="shard 0"):
        run()

    assert {to for _, to, _ in management.calls} == {one.connection_id for one in made if one.due_shard != 0}
    assert run() == {"pinged": sum(one.due_shard == 0 for one in made)}


def test_when_time_runs_out_nothing_more_is_begun(management: StubManagement) -> None:
    for number in range(5):
        connected(f"C{number}=", minutes_ago=2.5)
    context = Context()
    remaining = iter([55_000, 55_000, *[9_000] * 9])
    context.get_remaining_time_in_millis = lambda: next(remaining)  # type: ignore[method-assign]

    assert sweep.handler({}, context) == {"pinged": 1, "left": 4}
    assert len(management.calls) == 1


def refuse(operation: str, index: str | None = "due") -> None:
    """DynamoDB throttles one call of that operation, even after its retries."""
    left = [1]

    def throttled(params: Any, model: Any, **_: Any) -> None:
        body = json.loads(params["body"])
        if left and (operation != "Query" or body.get("IndexName") == index):
            left.pop()
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    bootstrap._dynamodb().meta.events.register(f"before-call.dynamodb.{operation}", throttled)


def test_a_hundred_and_more_of_many_shards_are_all_looked_at(management: StubManagement) -> None:
    for number in range(230):
        connected(f"C{number}=", minutes_ago=2.5)

    assert run() == {"pinged": 230}
    assert sorted(to for _, to, _ in management.calls) == sorted(f"C{number}=" for number in range(230))


def test_without_time_left_nothing_is_begun(management: StubManagement) -> None:
    connected(minutes_ago=3)

    assert sweep.handler({}, Context(remaining_ms=9_000)) == {}
    assert management.calls == []


def test_a_child_takes_its_own_shard_alone(management: StubManagement) -> None:
    made = [connected(f"C{number}=", minutes_ago=2.5) for number in range(20)]
    shard = made[0].due_shard

    sweep.handler({"shard": shard}, Context())
    assert {to for _, to, _ in management.calls} == {one.connection_id for one in made if one.due_shard == shard}


def test_too_many_are_handed_on_shard_by_shard(monkeypatch: pytest.MonkeyPatch, management: StubManagement) -> None:
    for number in range(6):
        connected(f"C{number}=", minutes_ago=2.5)
    monkeypatch.setattr(sweep, "MAX_SWEPT_AT_ONCE", 5)
    handed: list[bytes] = []
    functions = bootstrap.functions()
    functions.meta.events.register(
        "before-call.lambda.Invoke", lambda params, **_: handed.append(params["body"]) or _accepted()
    )

    assert sweep.handler({}, Context()) == {"shards": 16}
    assert len(handed) == 16
    assert management.calls == []


def _accepted() -> Any:
    from botocore.awsrequest import AWSResponse

    return AWSResponse("http://lambda", 202, {}, None), {"StatusCode": 202}
