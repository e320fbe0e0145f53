"""The Uploads table, on moto with the tables of template.yaml."""

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acceptance import Verdict, judge
from domain.update import STATUSES, CreatedObject, Update, parse_update
from domain.upload_batch import conflate
from handlers import bootstrap
from infra.dynamodb.attribute_values import from_item, to_item
from infra.dynamodb.uploads import UploadStore
from testing.updates import NOW, VALID, update, updates

pytestmark = pytest.mark.usefixtures("world")

RICH = {
    "status": "failed",
    "rev": 7,
    "attempt": 2,
    "fileName": "ä📄.bin",
    "phase": "part 3 of 9",
    "bytesUploaded": 5,
    "bytesTotal": 2**53 - 1,
    "bytesPerSecond": 4,
    "etaSeconds": 3,
    "message": "\u0001",
    "error": {"code": "E", "message": "m", "more": [None, True, 1.5, {"": []}]},
    "result": {"url": "https://example.com/", "n": 0.1},
    "startedAt": "2026-03-01T11:00:00.123Z",
}


@pytest.fixture
def store() -> UploadStore:
    return bootstrap.uploads()


def row(upload_id: str = "u1") -> dict[str, Any]:
    """What stands in the table, read past the store."""
    key = to_item({"userId": "alice", "uploadId": upload_id})
    answer = boto3.client("dynamodb").get_item(TableName=os.environ["UPLOADS_TABLE"], Key=key)
    return from_item(answer["Item"])


def test_a_state_comes_back_as_it_was_saved(store: UploadStore) -> None:
    saved = store.save(None, [update(**RICH)], 0).state

    assert store.of_user("alice") == [saved]
    assert store.read([("alice", "u1")]) == {("alice", "u1"): saved}
    assert row()["expiresAt"] == NOW // 1000 + 3600


def test_users_never_see_each_others_uploads(store: UploadStore) -> None:
    for user in ("alice", "alice2", "bob"):
        store.save(None, [update(userId=user, fileName=user)], 0)

    assert [state.facts["fileName"] for state in store.of_user("alice")] == ["alice"]
    assert store.read([("carol", "u1")]) == {}


def test_what_a_state_no_longer_says_is_removed_and_what_a_newer_release_wrote_is_kept(store: UploadStore) -> None:
    stored = store.save(None, [update(rev=1, message="m", phase="p", fileName="a.bin")], 0).state
    boto3.client("dynamodb").update_item(
        TableName=os.environ["UPLOADS_TABLE"],
        Key=to_item({"userId": "alice", "uploadId": "u1"}),
        UpdateExpression="SET newer = :value",
        ExpressionAttributeValues={":value": {"SS": ["x"]}},
    )

    saved = store.save(stored, [update(rev=2, phase="q")], 0).state

    assert store.of_user("alice") == [saved]
    assert row().keys() >= {"phase", "fileName"} and "message" not in row()
    raw = boto3.client("dynamodb").scan(TableName=os.environ["UPLOADS_TABLE"])["Items"]
    assert raw[0]["newer"] == {"SS": ["x"]}


@pytest.mark.parametrize("late", [{"rev": 7}, {"rev": 6}, {"attempt": 1, "rev": 99}], ids=str)
def test_what_changes_nothing_writes_nothing(store: UploadStore, late: dict[str, Any]) -> None:
    stored = store.save(None, [update(**RICH)], 0).state
    before, calls = row(), recorded_calls(store)

    batch = store.save(stored, [update(**late)], 0)

    assert (batch.changed, batch.state) == (False, stored)
    assert (row(), calls) == (before, [])


def test_a_faster_writer_is_not_overwritten(store: UploadStore) -> None:
    read = store.save(None, [update(rev=1)], 0).state
    newest = store.save(read, [update(rev=9, bytesUploaded=9)], 0).state

    late = store.save(read, [update(rev=5, bytesUploaded=5)], 0)
    first = store.save(None, [update(rev=4)], 0)

    assert (late.changed, late.stale, late.state) == (False, 1, newest)
    assert (first.changed, first.state) == (False, newest)
    assert store.of_user("alice") == [newest]


def test_a_row_that_ttl_deleted_after_it_was_read_is_begun_anew(store: UploadStore) -> None:
    stored = store.save(None, [update(rev=5)], 0).state
    key = to_item({"userId": "alice", "uploadId": "u1"})
    boto3.client("dynamodb").delete_item(TableName=os.environ["UPLOADS_TABLE"], Key=key)

    assert store.save(stored, [update(rev=6)], 0).changed
    assert [state.rev for state in store.of_user("alice")] == [6]


def test_many_writers_of_one_upload_end_in_the_newest_state(store: UploadStore) -> None:
    """Each reads before anybody writes, so that all but one lose at first."""
    everybody_has_read = threading.Barrier(8)

    def write(rev: int) -> bool:
        stored = store.read([("alice", "u1")]).get(("alice", "u1"))
        everybody_has_read.wait(10)
        return store.save(stored, [update(rev=rev, bytesUploaded=rev)], 0).changed

    with ThreadPoolExecutor(8) as writers:
        changed = list(writers.map(write, range(1, 9)))

    [state] = store.of_user("alice")
    assert (state.rev, state.facts["bytesUploaded"]) == (8, 8)
    assert changed[-1] is True


def test_reading_takes_any_number_of_keys_and_repeats(store: UploadStore) -> None:
    for number in range(0, 230, 2):
        store.save(None, [update(uploadId=f"u{number}")], 0)

    keys = [("alice", f"u{number}") for number in range(230)]

    assert set(store.read(keys + keys[:7])) == set(keys[::2])
    assert store.read([]) == {}


def test_reading_goes_on_where_dynamodb_stopped(store: UploadStore) -> None:
    """BatchGetItem answers as much as it has capacity for, and the rest as UnprocessedKeys."""
    for number in range(5):
        store.save(None, [update(uploadId=f"u{number}")], 0)
    table = os.environ["UPLOADS_TABLE"]
    calls = recorded_calls(store)

    def answer_two(parsed: dict[str, Any], **_: Any) -> None:
        items = parsed["Responses"][table]
        left = [{name: item[name] for name in ("userId", "uploadId")} for item in items[2:]]
        if left:
            parsed["UnprocessedKeys"] = {table: {"Keys": left, "ConsistentRead": True}}
        parsed["Responses"][table] = items[:2]

    store._dynamodb.meta.events.register("after-call.dynamodb.BatchGetItem", answer_two)

    assert len(store.read([("alice", f"u{number}") for number in range(5)])) == 5
    assert [operation for operation, _ in calls] == ["BatchGetItem"] * 3
    assert all(params["RequestItems"][table]["ConsistentRead"] for _, params in calls)


def test_a_query_reads_on_past_the_first_megabyte(store: UploadStore) -> None:
    big = {"result": {"note": "n" * 4000}, "message": "m" * 1000, "fileName": "f" * 1024}
    for number in range(200):
        store.save(None, [update(uploadId=f"u{number}", **big)], 0)
    calls = recorded_calls(store)

    assert len(store.of_user("alice")) == 200
    assert len(calls) > 1 and all(operation == "Query" for operation, _ in calls)


@pytest.mark.parametrize(
    "result",
    [{"n": 1e300}, {"n": 10**50 + 1}, {"n": -5e-324}, {"n": 0.1 + 0.2}, {"": ""}],
    ids=str,
)
def test_any_valid_result_is_within_dynamodbs_limits(store: UploadStore, result: dict[str, Any]) -> None:
    assert_can_be_stored(store, result)


def test_a_deep_result_is_within_dynamodbs_limits(store: UploadStore) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"d": deep}

    assert_can_be_stored(store, deep)


def assert_can_be_stored(store: UploadStore, result: dict[str, Any]) -> None:
    """moto takes what DynamoDB refuses, so the request itself is measured.

    Service quotas: 38 digits, magnitudes from 1E-130 to 9.9E+125, 32 levels.
    """
    calls = recorded_calls(store)

    saved = store.save(None, [update(result=result)], 0).state

    assert [state.facts["result"] for state in store.of_user("alice")] == [result]
    assert store.of_user("alice") == [saved]
    for value in calls[0][1]["ExpressionAttributeValues"].values():
        _check_limits(value, 1)


def _check_limits(value: Mapping[str, Any], level: int) -> None:
    assert level <= 32
    [(kind, content)] = value.items()
    if kind == "N":
        number = Decimal(content)
        assert len(number.normalize().as_tuple().digits) <= 38
        assert number == 0 or Decimal("1E-130") <= abs(number) < Decimal("1E+126")
    for inner in content.values() if kind == "M" else content if kind == "L" else ():
        _check_limits(inner, level + 1)


RUNS = st.sampled_from(["run-aaaa1", "run-bbbb2"])
REPORTS = updates(attempt=st.none() | st.integers(1, 3), runId=st.none() | RUNS, rev=st.integers(NOW - 3, NOW + 3))
OBJECTS = st.builds(
    lambda etag, moment: parse_update(
        VALID | {"status": "completed"}, received_at=NOW, announced_at=moment, created=CreatedObject(etag)
    ),
    st.sampled_from(["e1", "e2"]),
    st.sampled_from([NOW - 1000, NOW]),
)
ANNOUNCED = st.builds(
    lambda status: parse_update(VALID | {"status": status}, received_at=NOW + 500, announced_at=NOW),
    st.sampled_from(STATUSES),
)
SAID = REPORTS | OBJECTS | ANNOUNCED
UPLOADS = count()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(SAID, max_size=4), SAID, st.booleans())
def test_the_conditional_write_and_the_rule_give_the_same_verdict(
    store: UploadStore, before: list[Update], said: Update, has_read: bool
) -> None:
    """Whether the writer has read the row, or takes it for missing and learns of it by losing the race."""
    upload_id = f"rule-{next(UPLOADS)}"
    stored = None
    for one in before:
        stored = store.save(stored, [replace(one, upload_id=upload_id)], NOW).state
    said = replace(said, upload_id=upload_id)
    verdict = judge(stored, said, NOW)

    batch = store.save(stored if has_read else None, [said], NOW)

    assert batch.changed is (verdict is Verdict.ACCEPTED)
    assert (batch.stale, batch.duplicate) == (verdict is Verdict.STALE, verdict is Verdict.DUPLICATE)
    written = store.read([("alice", upload_id)]).get(("alice", upload_id))
    expected = conflate(stored, [said], NOW).state
    assert written == batch.state == (expected and replace(expected, due_at=batch.state and batch.state.due_at))
    assert (written == stored) is not batch.changed


def recorded_calls(store: UploadStore) -> list[tuple[str, dict[str, Any]]]:
    """The requests of the store's own client from now on."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    store._dynamodb.meta.events.register("provide-client-params.dynamodb", record)
    return calls


def test_the_servers_word_survives_a_report_that_was_judged_before_it(store: UploadStore) -> None:
    """The server's word has attempt, rev and status of what the client's function has read."""
    report = replace(update(status="uploading", rev=5), by_client=True)
    read = store.save(None, [report], 0).state
    server = store.save(read, [update(status="uploading", rev=5)], 0).state

    late = store.save(read, [replace(report, rev=6)], 0)

    assert (late.stale, late.changed, late.state) == (1, False, server)
    assert "source" not in row()


def test_the_servers_word_replaces_a_report_that_arrived_while_it_was_judged(store: UploadStore) -> None:
    end = replace(update(status="completed", rev=99), by_client=True)
    store.save(None, [end], 0)

    saved = store.save(None, [update(status="processing", rev=1)], 0)

    assert saved.changed and (row()["status"], row()["rev"]) == ("processing", 1)


def test_a_row_without_source_is_the_servers(store: UploadStore) -> None:
    store.save(None, [update(status="uploading", rev=1)], 0)
    assert "source" not in row()

    assert store.save(None, [replace(update(status="completed", rev=9), by_client=True)], 0).stale == 1


def test_the_end_of_the_sweep_does_not_replace_the_servers_word(store: UploadStore) -> None:
    read = store.save(None, [replace(update(status="uploading", rev=5), by_client=True)], 0).state
    assert read is not None
    store.save(read, [update(status="uploading", rev=5)], 0)

    assert not store.replace(read, replace(read, status="failed"))
