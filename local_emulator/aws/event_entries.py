"""The entries of PutEvents: each becomes an event or an error of its own. Pure.

Source: EventBridge API reference, PutEvents; recorded answers of AWS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_emulator.timestamps import iso_8601

REQUIRED = ("Source", "DetailType", "Detail")


class InvalidEntryError(Exception):
    """An entry that EventBridge refuses; `code` and the text are its answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def event_of_entry(entry: Mapping[str, Any], event_id: str, account: str, region: str, now: datetime) -> dict[str, Any]:
    """Returns the event that the rules of the bus see. Raises InvalidEntryError."""
    for name in REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise InvalidEntryError("InvalidArgument", reason)
    try:
        detail = json.loads(entry["Detail"])
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        raise InvalidEntryError("MalformedDetail", "Detail is malformed.")
    return {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account,
        "time": iso_8601(_moment(entry.get("Time"), now), "seconds"),
        "region": region,
        "resources": list(entry.get("Resources") or []),
        "detail": detail,
    }


def _moment(time: Any, now: datetime) -> datetime:
    if isinstance(time, int | float):
        return datetime.fromtimestamp(time, UTC)
    if isinstance(time, str):
        return datetime.fromisoformat(time).astimezone(UTC)
    return time.astimezone(UTC) if isinstance(time, datetime) else now
