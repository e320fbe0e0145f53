"""Reads the job events of AWS Elemental MediaConvert; `userMetadata` of the job names the upload.

Source: MediaConvert User Guide, "List of MediaConvert events". The timestamp is in epoch milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from domain.push_item import PushItem
from domain.timestamps import epoch_ms
from domain.update import MAX_OBJECT_BYTES, MAX_TEXT_CHARACTERS, MAX_WORD_CHARACTERS
from handlers.aws_events.processing import FAILED, dated, ids_in, words_of

DETAIL_TYPE = "MediaConvert Job State Change"
STATUSES = {
    "INPUT_INFORMATION": "processing",
    "PROGRESSING": "processing",
    "STATUS_UPDATE": "processing",
    "COMPLETE": "completed",
    "ERROR": "failed",
    "CANCELED": "canceled",
}


def read_event(event: Mapping[str, Any], received_at: int) -> PushItem | None:
    """Returns the update of a job; None for a warning, a hop to another queue, and another event.

    A job is a run (`runId`), so a job that begins after the end of another is the next attempt.
    """
    detail = event["detail"]
    status = STATUSES.get(str(detail.get("status"))) if isinstance(detail, dict) else None
    if event["detail-type"] != DETAIL_TYPE or status is None:
        return None
    update = ids_in(detail.get("userMetadata")) | {"status": status} | dated(detail.get("timestamp"))
    if isinstance(detail.get("jobId"), str):
        update["runId"] = detail["jobId"]
    if status == "processing":
        update |= _progress(detail.get("jobProgress"))
    elif status == "completed":
        update |= _result(detail.get("outputGroupDetails"))
    elif status == "failed":
        update["error"] = _error(detail)
    return PushItem(update, received_at, announced_at=epoch_ms(event.get("time")), event=event)


def _progress(progress: object) -> dict[str, Any]:
    """Returns the phase, and the percent of the whole job where MediaConvert knows it."""
    if not isinstance(progress, dict):
        return {}
    phase, percent = progress.get("currentPhase"), progress.get("jobPercentComplete")
    return {"phase": phase.lower() if isinstance(phase, str) else phase, "phasePercent": percent}


def _error(detail: Mapping[str, Any]) -> dict[str, Any]:
    code, message = detail.get("errorCode"), detail.get("errorMessage")
    return {
        "code": words_of(code, FAILED["code"], MAX_WORD_CHARACTERS),
        "message": words_of(message, FAILED["message"], MAX_TEXT_CHARACTERS),
    }


def _result(groups: object) -> dict[str, Any]:
    """Returns the paths of the outputs, unless they are more than a result holds."""
    result = {"outputs": list(_paths(groups))}
    is_small = len(json.dumps(result, ensure_ascii=False).encode(errors="replace")) <= MAX_OBJECT_BYTES
    return {"result": result} if result["outputs"] and is_small else {}


def _paths(groups: object) -> Iterator[Any]:
    """Yields a playlist where the group has one, else the files."""
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict) and isinstance(playlists := group.get("playlistFilePaths"), list):
            yield from playlists
        elif isinstance(group, dict) and isinstance(outputs := group.get("outputDetails"), list):
            files = (one.get("outputFilePaths") for one in outputs if isinstance(one, dict))
            yield from (path for some in files if isinstance(some, list) for path in some)
