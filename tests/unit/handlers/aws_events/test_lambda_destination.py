"""Records of asynchronous invocations: success, failure, and push's own failures that come back."""

from __future__ import annotations

from typing import Any

import pytest

from testing.push_events import PUSH_ARN, golden, ignored, items_of, message, notification, refused, updates_of
from testing.updates import VALID

RECORDED_AT = 1772366399568


def failed(request: Any = VALID, **fields: Any) -> Any:
    return golden("lambda_destination") | {"requestPayload": request, **fields}


def succeeded(result: Any, request: Any = VALID) -> Any:
    record = failed(request, responsePayload=result)
    record["requestContext"] |= {"condition": "Success"}
    return record


def on_the_bus(record: Any) -> Any:
    kind = "Lambda Function Invocation Result - Failure"
    return golden("eventbridge") | {"source": "lambda", "detail-type": kind, "detail": record}


@pytest.mark.parametrize(
    "through",
    [lambda one: one, on_the_bus, lambda one: {"Records": [message(one)]}, lambda one: [message(notification(one))]],
    ids=["direct", "eventbridge", "sqs", "sns in sqs"],
)
def test_a_failure_fails_the_upload_that_the_event_named(through: Any) -> None:
    [update] = updates_of(through(golden("lambda_destination")))

    assert (update.user_id, update.upload_id, update.status) == ("alice", "holiday-1", "failed")
    assert update.facts == {"error": {"code": "ValueError", "message": "The processing failed."}}
    assert update.rev == RECORDED_AT


@pytest.mark.parametrize("result", [None, "text", {"errorType": 7.5}, {}])
def test_a_failure_without_a_type_of_error_has_a_code(result: Any) -> None:
    [update] = updates_of(failed(responsePayload=result))

    assert update.facts["error"]["code"] == "processing_failed"


@pytest.mark.parametrize("request_name", ["object_created", "s3_notification"])
def test_the_event_may_be_of_s3(request_name: str) -> None:
    [update] = updates_of(failed(golden(request_name)))

    assert (update.user_id, update.upload_id, update.status) == ("auth0|alice", "my holiday+1%.mp4", "failed")
    assert update.created is None and update.rev == RECORDED_AT


def test_each_upload_of_the_event_fails() -> None:
    updates = updates_of(failed([VALID, VALID | {"uploadId": "u2", "rev": 7}]))

    assert [(one.upload_id, one.status, one.rev) for one in updates] == [
        ("u1", "failed", RECORDED_AT),
        ("u2", "failed", RECORDED_AT),
    ]


@pytest.mark.parametrize("result", [None, {"statusCode": 200}, "done", [], [7]])
def test_a_success_without_an_update_completes_the_upload(result: Any) -> None:
    [update] = updates_of(succeeded(result))

    assert (update.upload_id, update.status, update.facts) == ("u1", "completed", {})


def test_the_result_may_be_an_update_with_or_without_ids() -> None:
    [going_on] = updates_of(succeeded({"status": "processing", "phase": "transcoded"}))
    [other] = updates_of(succeeded({"uploadId": "u9", "message": "Done."}))
    [whole] = updates_of(succeeded({"userId": "bob", "uploadId": "u9", "status": "completed"}, {"any": "event"}))
    listed = updates_of(succeeded({"updates": [{"uploadId": "u8"}, {"uploadId": "u9", "status": "failed"}]}))

    assert (going_on.upload_id, going_on.status, going_on.facts) == ("u1", "processing", {"phase": "transcoded"})
    assert (other.user_id, other.upload_id, other.status) == ("alice", "u9", "completed")
    assert (whole.user_id, whole.upload_id) == ("bob", "u9")
    assert [(one.upload_id, one.status) for one in listed] == [("u8", "completed"), ("u9", "failed")]


def test_a_result_with_a_wrong_field_is_refused_by_name() -> None:
    [(field, _, parked)] = refused(succeeded({"status": "ok"}))

    assert (field, parked) == ("status", succeeded({"status": "ok"}))


@pytest.mark.parametrize("request_payload", [{}, None, {"uploadId": "u1"}, {"disconnect": {"userId": "alice"}}])
def test_an_invocation_that_names_no_user_is_parked_whole_with_the_reason(request_payload: Any) -> None:
    for record in (failed(request_payload), succeeded(None, request_payload)):
        assert refused(record) == [("userId", "is missing", record)]


def test_an_invocation_for_an_object_that_is_no_upload_is_ignored() -> None:
    elsewhere = golden("object_created")
    elsewhere["detail"]["object"]["key"] = "thumbnails/u1"

    assert ignored(failed(elsewhere)) and ignored(failed(golden("s3_test_event")))


@pytest.mark.parametrize("version", ["", ":$LATEST", ":7"])
def test_a_failure_of_push_itself_is_the_event_again(version: str) -> None:
    record = failed([VALID, VALID])
    record["requestContext"]["functionArn"] = PUSH_ARN + version

    assert [item.raw for item in items_of({"Records": [message(record)]})] == [VALID, VALID]


def test_a_record_in_a_record_has_an_end() -> None:
    record: Any = VALID
    for _ in range(200):
        record = failed(record)

    assert [field for field, *_ in refused(record)] == ["userId"]
