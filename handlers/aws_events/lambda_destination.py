"""Reads the records that Lambda sends to the destinations of asynchronous invocations.

Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.push_item import PushItem
from domain.timestamps import epoch_ms
from domain.update import MAX_WORD_CHARACTERS
from handlers.aws_events.processing import FAILED, named_uploads, words_of

UPDATE_FIELDS = frozenset({"uploadId", "status"})  # a result with one of these is an update
# Lambda waits one minute before the second try and two minutes before the third (Lambda Developer Guide, "Error
# handling for asynchronous invocation").
RETRIES_LAST_MS = {2: 60_000, 3: 180_000}
ARN_PARTS = 7  # without the version


def is_of(record: Mapping[str, Any], function_arn: str | None) -> bool:
    """Returns True if this function itself was invoked; a record without a function counts as such."""
    context = record["requestContext"]
    invoked = context.get("functionArn") if isinstance(context, dict) else None
    if not isinstance(invoked, str) or function_arn is None:
        return True
    return invoked.split(":")[:ARN_PARTS] == function_arn.split(":")[:ARN_PARTS]


def first_tried_at(record: Mapping[str, Any]) -> int | None:
    """Returns the latest possible start of a failed asynchronous invocation; None without a time.

    `record` is on the dead-letter queue. Moved back, it stands for the original event, and is no newer.
    """
    context, recorded_at = record["requestContext"], epoch_ms(record.get("timestamp"))
    tries = context.get("approximateInvokeCount") if isinstance(context, dict) else None
    return None if recorded_at is None else recorded_at - RETRIES_LAST_MS.get(tries if isinstance(tries, int) else 1, 0)


def read_record(
    record: Mapping[str, Any], received_at: int, requested: Iterable[PushItem | None]
) -> Iterator[PushItem | None]:
    """Yields the updates of another function's invocation; `requested` are the items of its event.

    The event names the uploads, unless the function's result is an update with ids of its own. After a success the
    fields of the result count, and the status is `completed` if it has none.
    """
    uploads = named_uploads(requested)
    updates = list(_updates(record, uploads or []))
    if uploads is None and not updates:
        yield None
        return
    time = epoch_ms(record.get("timestamp"))
    whole = record if len(updates) <= 1 else None
    for update in updates or [_end(record)]:
        yield PushItem(update, received_at, announced_at=time, event=whole)


def _updates(record: Mapping[str, Any], uploads: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    end = _end(record)
    result = record.get("responsePayload") if end["status"] == "completed" else None
    results = result.get("updates", result) if isinstance(result, dict) else result
    several = results if isinstance(results, list) else [results]
    found = [one for one in several if isinstance(one, dict) and one.keys() & UPDATE_FIELDS]
    for update in found or [{}]:
        if "uploadId" in update:
            yield (uploads[0] if len(uploads) == 1 else {}) | end | update
        else:
            yield from (ids | end | update for ids in uploads)


def _end(record: Mapping[str, Any]) -> dict[str, Any]:
    context, result = record["requestContext"], record.get("responsePayload")
    condition = context.get("condition") if isinstance(context, dict) else None
    if condition == "Success":
        return {"status": "completed"}
    error_type = result.get("errorType") if isinstance(result, dict) else None
    return {"status": "failed", "error": FAILED | {"code": words_of(error_type, FAILED["code"], MAX_WORD_CHARACTERS)}}
