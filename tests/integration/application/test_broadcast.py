"""New states reach every live connection of their user, and nobody else's."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import new_connection
from domain.upload import UploadProgress
from handlers import bootstrap
from testing.stub_management import StubManagement
from testing.updates import fold, update

pytestmark = pytest.mark.usefixtures("world")

NOW = 1_772_366_400_000
examples = count()


def connect(connection_id: str = "A=", user_id: str = "alice", *, age_ms: int = 600_000, **fields: Any) -> Connection:
    """A connection of that age, active ever since it was opened 30 s ago or less, or as told."""
    made = new_connection(
        user_id, connection_id, connected_at=NOW - age_ms, token_expires_at=NOW + 3_600_000, limits=ConnectionLimits()
    )
    made = replace(made, **{"last_active_at": max(made.connected_at, NOW - 30_000), **fields})
    bootstrap.connections().add(made)
    return made


def state(user_id: str = "alice", upload_id: str = "u1") -> UploadProgress:
    made = fold(None, [update(userId=user_id, uploadId=upload_id)]).state
    assert made is not None
    return made


def deliver(*states: UploadProgress) -> dict[str, int]:
    return dict(bootstrap.broadcast().deliver(states, NOW, lambda: 30).counts)


def stored(user_id: str = "alice") -> list[Connection]:
    return bootstrap.connections().of_user(user_id, NOW)


def test_every_connection_of_the_user_gets_every_state(management: StubManagement) -> None:
    connect("A="), connect("B=")

    assert deliver(state(), state(upload_id="u2")) == {"delivered": 4}
    for connection_id in ("A=", "B="):
        told = sorted(message["upload"]["uploadId"] for message in management.sent_to(connection_id))
        assert told == ["u1", "u2"]


def test_nobody_listens_and_that_is_fine(management: StubManagement) -> None:
    assert deliver(state()) == {}
    assert deliver() == {}
    assert management.calls == []


@pytest.mark.parametrize(
    "fields",
    [{"closing": "replaced"}, {"token_expires_at": NOW}, {"token_expires_at": NOW - 1}, {"expires_at": NOW // 1000}],
    ids=str,
)
def test_nothing_is_sent_to_a_connection_that_is_closing_or_expired(
    management: StubManagement, fields: dict[str, Any]
) -> None:
    connect(**fields)

    assert deliver(state()) == {}
    assert management.calls == []


def test_a_gone_connection_is_forgotten(management: StubManagement) -> None:
    connect("A=", age_ms=35_000), connect("B=")
    management.answers["A="] = 410

    assert deliver(state()) == {"gone": 1, "delivered": 1}
    assert [one.connection_id for one in stored()] == ["B="]


def test_what_cannot_be_written_down_was_delivered_all_the_same(management: StubManagement) -> None:
    connect("A=", age_ms=35_000), connect("B=", last_active_at=NOW - 60_001)
    management.answers["A="] = 410
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb", _throttled_writes)

    assert deliver(state()) == {"gone": 1, "delivered": 1}
    assert len(stored()) == 2


def test_a_410_of_a_handshake_under_way_is_pending_and_the_row_stays(management: StubManagement) -> None:
    made = connect("A=", age_ms=34_999)
    management.answers["A="] = 410

    assert deliver(state()) == {"pending": 1}
    assert stored() == [made]


def test_a_failed_send_leaves_the_row_alone(management: StubManagement) -> None:
    made = connect("A=", last_active_at=NOW - 90_000)
    management.answers["A="] = 403

    assert deliver(state()) == {"failed": 1}
    assert stored() == [made]


def test_one_410_among_several_sends_is_enough_to_forget_a_connection(management: StubManagement) -> None:
    users = [f"user{number}" for number in range(8)]
    for user in users:
        connect(f"{user}=", user)
        management.next_answers[f"{user}="] = [410, 403]

    counts = deliver(*[state(user, upload) for user in users for upload in ("u1", "u2")])

    assert counts == {"gone": 8, "failed": 8}
    assert [user for user in users if stored(user)] == []


@pytest.mark.parametrize(("quiet_ms", "recorded"), [(60_000, False), (60_001, True)])
def test_delivery_is_recorded_as_activity_when_the_stored_time_is_over_60_seconds_old(
    quiet_ms: int, recorded: bool
) -> None:
    made = connect("A=", last_active_at=NOW - quiet_ms)

    deliver(state())

    assert stored() == [replace(made, last_active_at=NOW) if recorded else made]


def test_activity_is_recorded_once_however_many_states_were_delivered(management: StubManagement) -> None:
    connect("A=", last_active_at=NOW - 90_000)
    writes: list[str] = []
    bootstrap._dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: writes.append(model.name))

    deliver(*[state(upload_id=f"u{number}") for number in range(5)])

    assert writes == ["Query", "UpdateItem"]


USERS = st.sampled_from(["a", "b", "a.b", "A", "a|b", "ab"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=st.lists(USERS, max_size=8), told=st.lists(st.tuples(USERS, st.sampled_from("uvw")), max_size=8))
def test_no_users_message_ever_reaches_another_users_connection(
    management: StubManagement, crowd: list[str], told: list[tuple[str, str]]
) -> None:
    world = f"{next(examples)}-"
    management.calls.clear()
    owner = {f"{world}{number}=": world + user for number, user in enumerate(crowd)}
    for connection_id, user in owner.items():
        connect(connection_id, user)

    counts = deliver(*[state(world + user, upload) for user, upload in dict.fromkeys(told)])

    for connection_id, user in owner.items():
        messages = management.sent_to(connection_id)
        assert {message["channel"] for message in messages} <= {f"/user/{user}/upload-progress"}
        expected = sorted(upload for teller, upload in set(told) if world + teller == user)
        assert sorted(message["upload"]["uploadId"] for message in messages) == expected
    assert counts.get("delivered", 0) == len(management.calls)
    assert {to for _, to, _ in management.calls} <= owner.keys()


def _throttled_writes(model: Any, **_: object) -> None:
    if model.name != "Query":
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)
