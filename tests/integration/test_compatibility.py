"""Rows, updates and messages of an earlier release beside this one, as during a deployment.

`make compatibility` runs the earlier release itself, in both directions.
"""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
import pytest

from testing.compatibility.releases import (
    ACTIONS,
    GOLDEN,
    ROOT,
    Outcome,
    open_connection,
    run_functions,
    run_reporter,
    say,
)

RECORDED: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
OLD_ROWS = RECORDED["rows"]


def as_of_a_minute_ago(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a recorded row with its times moved, as if it had been written a minute ago."""
    recorded = max(int(one["rev"]["N"]) for one in OLD_ROWS["uploads"])
    later = int(time.time()) - 60 - recorded // 1000

    def moved(value: dict[str, Any]) -> dict[str, Any]:
        number = int(value.get("N", 0))
        scale = 1000 if number > 10**12 else 1 if number > 10**9 else 0
        return {"N": str(number + later * scale)} if scale else value

    return {name: moved(value) for name, value in row.items()}


@pytest.fixture(scope="module")
def gone_on() -> Outcome:
    """This release, after it went on with the rows of the earlier one."""
    start = int(time.time() * 1000)
    uploads = [as_of_a_minute_ago(one) | {"newer": {"S": "x"}} for one in OLD_ROWS["uploads"]]
    connections = [as_of_a_minute_ago(one) for one in OLD_ROWS["connections"]]

    def pushed(upload_id: str, status: str, at: int, **fields: Any) -> tuple[str, Any]:
        return "push", {"userId": "alice", "uploadId": upload_id, "status": status, "rev": at, **fields}

    steps = [
        pushed("running", "uploading", start, bytesUploaded=6),
        pushed("running", "uploading", start - 600_000),
        pushed("done", "uploading", start, attempt=2),
        pushed("retried", "completed", start, attempt=2),
        *ACTIONS,
        open_connection("B="),
        say("B=", action="hello"),
        ("sweep", {}),
    ]
    return run_functions(ROOT, steps, {"uploads": uploads, "connections": connections})


def test_rows_of_the_earlier_release_take_updates_by_the_acceptance_rule(gone_on: Outcome) -> None:
    assert [one["stale"] for one in gone_on.answers[:4]] == [0, 1, 0, 0]
    assert (gone_on.upload("running")["bytesUploaded"], gone_on.upload("running")["fileName"]) == ("6", "a.bin")
    assert (gone_on.upload("done")["status"], gone_on.upload("done")["attempt"]) == ("uploading", "2")
    assert gone_on.upload("retried")["status"] == "completed"


def test_attributes_that_this_release_does_not_know_stay(gone_on: Outcome) -> None:
    assert all("newer" in gone_on.upload(upload_id) for upload_id in ("running", "done", "retried", "paused"))


def test_uploads_of_the_earlier_release_become_due_with_their_next_update(gone_on: Outcome) -> None:
    assert {"dueAt", "dueShard"} <= gone_on.upload("running").keys()
    assert not {"dueAt", "dueShard"} & gone_on.upload("paused").keys()


def test_connections_of_the_earlier_release_are_answered_and_kept(gone_on: Outcome) -> None:
    types = [one["type"] for one in gone_on.messages["A="]]

    assert [one for one in gone_on.messages["A="] if one["type"] in ("error", "disconnect")] == []
    assert {"welcome", "snapshot", "pong", "ack"} <= set(types)


def test_messages_keep_to_the_schema_of_the_earlier_release(gone_on: Outcome) -> None:
    schema = jsonschema.Draft202012Validator(RECORDED["serverMessages"])

    for message in [*gone_on.messages["A="], *gone_on.messages["B="]]:
        schema.validate(message)


def test_updates_of_the_earlier_reporter_are_accepted() -> None:
    later = int(time.time() * 1000) - max(one["rev"] for one in RECORDED["updates"])
    outcome = run_functions(ROOT, [("push", one | {"rev": one["rev"] + later}) for one in RECORDED["updates"]])

    assert not [one for one in outcome.answers if one["invalid"] or one["expired"]]
    assert {name: outcome.upload(name)["status"] for name in ("film", "photo")} == {
        "film": "completed",
        "photo": "completed",
    }
    assert outcome.upload("photo")["attempt"] == "2"


def test_an_earlier_function_that_replaces_a_state_leaves_no_mark_of_the_old_one() -> None:
    """It keeps `source`, which then belongs to another state."""
    [row] = [one for one in OLD_ROWS["uploads"] if one["uploadId"]["S"] == "retried"]
    row = as_of_a_minute_ago(row)
    end = row | {"status": {"S": "completed"}, "source": {"S": "sweep"}, "newRev": {"N": "1"}}
    news = ("push", {"userId": "alice", "uploadId": "retried", "status": "uploading", "rev": int(row["rev"]["N"]) + 1})

    outcome = run_functions(ROOT, [news], {"uploads": [end]})

    assert outcome.answers[0]["stale"] == 1


def test_the_reporter_of_this_release_names_fields_that_an_earlier_push_ignores() -> None:
    """All fields that the earlier push requires are there; it ignores the others."""
    for one in run_reporter(ROOT):
        assert one.keys() >= {"userId", "uploadId", "status", "rev", "bytesUploaded"}
        assert isinstance(one["rev"], int)
