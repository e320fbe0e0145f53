"""Reads the status changes of AWS Step Functions; the input of the execution names the upload.

Source: EventBridge event reference, "Step Functions Execution Status Change". Its dates are in epoch milliseconds, and
input and output are JSON in a text, left out if they are too large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from domain.push_item import PushItem
from domain.timestamps import epoch_ms
from domain.update import MAX_WORD_CHARACTERS
from handlers.aws_events.processing import FAILED, dated, named_uploads, words_of

DETAIL_TYPE = "Step Functions Execution Status Change"
STATUSES = {
    "RUNNING": "processing",
    "PENDING_REDRIVE": "processing",
    "SUCCEEDED": "completed",
    "FAILED": "failed",
    "TIMED_OUT": "failed",
    "ABORTED": "canceled",
}
RUN_ID_CHARACTERS = 32


def input_of(event: Mapping[str, Any]) -> object:
    """Returns the input of the execution, a JSON text."""
    return event["detail"].get("input") if isinstance(event["detail"], dict) else None


def read_event(
    event: Mapping[str, Any], received_at: int, requested: Iterable[PushItem | None]
) -> Iterator[PushItem | None]:
    """Yields an update for each upload that the input names; `requested` are the items of the input.

    An execution is a run (`runId`), and so is each redrive of it: one that begins after an end is the next attempt.
    """
    detail = event["detail"]
    status = STATUSES.get(str(detail.get("status"))) if isinstance(detail, dict) else None
    uploads = named_uploads(requested) if status else None
    if event["detail-type"] != DETAIL_TYPE or uploads is None:
        yield None
        return
    time = epoch_ms(event.get("time"))
    update = {"status": status, "runId": _run_id(detail)} | dated(_moment(detail))
    if status == "failed":
        code = words_of(detail.get("error"), str(detail["status"]).lower(), MAX_WORD_CHARACTERS)
        update["error"] = FAILED | {"code": code}
    whole = event if len(uploads) <= 1 else None
    for ids in uploads or [{}]:
        yield PushItem(ids | update, received_at, announced_at=time, event=whole)


def _moment(detail: Mapping[str, Any]) -> object:
    """Returns the end of an execution, the redrive of a running one, else its start."""
    redriven = detail.get("redriveDate") if detail["status"] == "RUNNING" else None
    return detail.get("stopDate") or redriven or detail.get("startDate")


def _run_id(detail: Mapping[str, Any]) -> str:
    """Returns an id of the characters that a `runId` has; the name of an execution may have others."""
    run = f"{detail.get('executionArn')} {detail.get('redriveCount') or 0}"
    return sha256(run.encode(errors="surrogatepass")).hexdigest()[:RUN_ID_CHARACTERS]
