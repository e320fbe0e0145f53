"""AWS delivers events at least once and in any order: a pipeline ends as its last step says, whatever comes when."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.upload import UploadProgress
from domain.upload_batch import conflate
from domain.upload_bucket import UploadBucket
from testing.push_events import BUCKET, golden, updates_of
from testing.updates import NOW

PROCESSED = replace(BUCKET, status="processing", scanned_status="processing")


def stored() -> Any:
    event = golden("s3_notification")
    event["Records"][0]["s3"]["object"]["key"] = "uploads/alice/holiday-1"
    event["Records"][0]["eventTime"] = "2026-03-01T11:59:50.100Z"
    return event


def scanned(result: str = "NO_THREATS_FOUND") -> Any:
    event = golden("malware_scan") | {"time": "2026-03-01T11:59:52Z"}
    event["detail"]["s3ObjectDetails"]["objectKey"] = "uploads/alice/holiday-1"
    event["detail"]["scanResultDetails"] = {"scanResultStatus": result}
    return event


def job(status: str, milliseconds: int) -> Any:
    event = golden("media_convert")
    event["detail"] |= {"status": status, "timestamp": NOW - 6000 + milliseconds}
    return event


def execution(status: str) -> Any:
    event = golden("state_machine")
    event["detail"] |= {"status": status, "startDate": NOW - 6000, "stopDate": NOW - 1000}
    if status == "RUNNING":
        event["detail"]["stopDate"] = None
    return event


def hook(kind: str, offset: int, second: float) -> Any:
    """A hook of tusd, dated by the recipe; the object is there at second 50.1."""
    storage = {"Type": "s3store", "Bucket": "b", "Key": "uploads/alice/holiday-1"}
    upload = {"ID": "i", "Size": 1024, "Offset": offset, "MetaData": {}, "Storage": storage}
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "tusd",
        "type": kind,
        "time": f"2026-03-01T11:59:{second:06.3f}Z",
    }
    return event | {"data": {"Type": kind, "Event": {"Upload": upload}}}


# tusd reports the last bytes once the request is over, so after the object is there.
TUS = [hook("post-create", 0, 48.3), hook("post-receive", 512, 49.3), hook("post-receive", 1024, 52)]
MEDIA = [stored(), scanned(), job("PROGRESSING", 0), job("STATUS_UPDATE", 900), job("COMPLETE", 2000)]
MACHINE = [stored(), scanned(), execution("RUNNING"), execution("SUCCEEDED")]
FAILED = [stored(), execution("RUNNING"), execution("FAILED")]
MALWARE = [stored(), scanned("THREATS_FOUND")]


def state_after(events: list[Any], bucket: UploadBucket = PROCESSED) -> UploadProgress:
    state = None
    for event in events:
        for update in updates_of(json.loads(json.dumps(event)), bucket):
            state = conflate(state, [update], NOW).state
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("pipeline", "end"),
    [(MEDIA, "completed"), (MACHINE, "completed"), (FAILED, "failed"), (MALWARE, "failed")],
    ids=["media", "machine", "failed", "malware"],
)
@given(st.data())
def test_events_twice_and_in_any_order_end_an_upload_once(pipeline: list[Any], end: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations([*pipeline, *data.draw(st.lists(st.sampled_from(pipeline), max_size=3))]))

    state = state_after(order)

    assert (state.status, state.attempt) == (end, 1)


@pytest.mark.parametrize(
    "end", [[stored()], [hook("post-finish", 1024, 50.3)], [stored(), hook("post-finish", 1024, 50.3)]]
)
@given(st.data())
def test_an_upload_of_tusd_ends_by_its_hook_or_by_the_object(end: list[Any], data: st.DataObject) -> None:
    events = [*TUS, *end]
    order = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=3))]))

    state = state_after(order, BUCKET)

    assert (state.status, state.attempt, state.percent) == ("completed", 1, 100)


def test_a_job_after_a_failed_one_is_the_next_attempt() -> None:
    again = job("PROGRESSING", 3000)
    again["detail"]["jobId"] = "1671477617078-other0"
    pipeline = [stored(), job("PROGRESSING", 0), job("ERROR", 2000), again]

    state = state_after(pipeline)

    assert (state.status, state.attempt) == ("processing", 2)
    assert state_after([*pipeline, job("ERROR", 2000), job("PROGRESSING", 0)]) == state
