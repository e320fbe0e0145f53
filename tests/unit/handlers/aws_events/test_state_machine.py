"""Executions of Step Functions: their input names the upload."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testing.push_events import golden, ignored, items_of, message, refused, updates_of


def execution(status: str, given: Any = None, **detail: Any) -> Any:
    event = golden("state_machine")
    running = {} if status != "RUNNING" else {"stopDate": None}
    event["detail"] |= {"status": status, "error": None, "cause": None, **running, **detail}
    if given is not None:
        event["detail"]["input"] = json.dumps(given)
    return event


def test_an_execution_that_failed_fails_its_upload_and_keeps_the_cause_to_itself() -> None:
    [update] = updates_of(golden("state_machine"))

    assert (update.user_id, update.upload_id, update.status) == ("alice", "holiday-1", "failed")
    assert update.facts == {"error": {"code": "States.TaskFailed", "message": "The processing failed."}}
    assert (update.rev, update.whole_second) == (1772366399209, False)


@pytest.mark.parametrize(
    ("status", "expected", "rev"),
    [
        ("RUNNING", "processing", 1772366390118),
        ("SUCCEEDED", "completed", 1772366399209),
        ("TIMED_OUT", "failed", 1772366399209),
        ("ABORTED", "canceled", 1772366399209),
    ],
)
def test_each_status_of_an_execution_is_one_of_the_upload(status: str, expected: str, rev: int) -> None:
    [update] = updates_of(execution(status))

    assert (update.status, update.rev) == (expected, rev)


def test_a_time_out_has_a_code_of_its_own() -> None:
    assert updates_of(execution("TIMED_OUT"))[0].facts["error"]["code"] == "timed_out"


@pytest.mark.parametrize("given", ["object_created", "s3_notification"])
def test_an_execution_that_an_object_started_is_about_the_upload_in_the_key(given: str) -> None:
    [update] = updates_of(execution("RUNNING", golden(given)))

    assert (update.user_id, update.upload_id, update.status) == ("auth0|alice", "my holiday+1%.mp4", "processing")
    assert update.facts == {} and update.created is None


def test_an_execution_that_a_pipe_started_is_about_the_uploads_in_the_messages_or_records_of_the_pipe() -> None:
    ids = [{"userId": "alice", "uploadId": f"u{number}"} for number in (1, 2)]

    for given in ([message(one) for one in ids], [message(one) | {"body": one} for one in ids], [message(ids)]):
        assert [one.upload_id for one in updates_of(execution("RUNNING", given))] == ["u1", "u2"]
    [read] = updates_of(golden("kinesis_of_a_pipe"))
    [update] = updates_of(execution("RUNNING", golden("kinesis_of_a_pipe")))
    assert (update.upload_id, update.status) == (read.upload_id, "processing")


def test_an_execution_about_another_object_is_ignored() -> None:
    event = golden("object_created")
    for key in ("elsewhere/u1", "uploads/alice/u1.info"):
        event["detail"]["object"]["key"] = key
        assert ignored(execution("RUNNING", event))
    assert ignored(execution("NEW")) and ignored(golden("state_machine") | {"detail-type": "Another"})


def test_an_execution_may_be_about_several_uploads() -> None:
    given = [{"userId": "a", "uploadId": "1", "attempt": 2}, {"userId": "b", "uploadId": "2", "more": True}]

    updates = updates_of(execution("SUCCEEDED", given))

    assert [(one.user_id, one.upload_id, one.attempt) for one in updates] == [("a", "1", 2), ("b", "2", None)]
    assert all("userId" in dict(item.again) for item in items_of(execution("SUCCEEDED", given)))  # type: ignore[call-overload]


@pytest.mark.parametrize("given", [{}, {"uploadId": "u1"}, [], "text", 7])
def test_an_execution_that_names_no_user_is_parked_whole_with_the_reason(given: Any) -> None:
    event = execution("RUNNING", given)

    assert refused(event) == [("userId", "is missing", event)]


def test_an_execution_whose_input_is_too_large_is_parked() -> None:
    event = execution("RUNNING")
    del event["detail"]["input"]

    assert [field for field, *_ in refused(event)] == ["userId"]


def test_an_execution_and_each_redrive_of_it_are_runs() -> None:
    [first], [end] = updates_of(execution("RUNNING")), updates_of(execution("FAILED"))
    [again] = updates_of(execution("RUNNING", redriveCount=1, redriveDate=1772366399500))
    [other] = updates_of(execution("RUNNING", executionArn="arn:aws:states:::execution:state-machine-name:ünother"))

    assert first.run_id == end.run_id
    assert len({first.run_id, again.run_id, other.run_id}) == 3
    assert again.rev == 1772366399500


def test_an_end_comes_again_with_its_times() -> None:
    [item] = items_of({"Records": [message(golden("state_machine"))]})

    assert item.is_dated
    [first], [again] = updates_of(golden("state_machine")), updates_of(item.again)
    assert (first.rev, first.run_id, first.status) == (again.rev, again.run_id, again.status)
