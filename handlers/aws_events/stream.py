"""Reads the records of Kinesis data streams and of DynamoDB streams.

A pipe moves the fields of `kinesis` into the record itself (EventBridge User Guide, "Amazon Kinesis stream as a
source"). The other forms are those of the Lambda Developer Guide, "Using Lambda with Kinesis" and "… with DynamoDB".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.timestamps import LAST_MS
from infra.dynamodb.attribute_values import from_item


def content_of(record: Mapping[str, Any]) -> object:
    """Returns the data of Kinesis, in base64, or the new row of a table; None for a row that was deleted.

    A change without a new row is returned as it is, so that it is reported.
    """
    if record["eventSource"] == "aws:kinesis":
        return _fields(record, "kinesis").get("data") or ""
    change = _fields(record, "dynamodb")
    if record.get("eventName") == "REMOVE":
        return None
    try:
        return from_item(change["NewImage"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return change


def time_of(record: Mapping[str, Any]) -> int | None:
    """Returns the time at which the stream took the record, in epoch milliseconds; the event has seconds."""
    arrived = _fields(record, "kinesis").get("approximateArrivalTimestamp")
    seconds = _fields(record, "dynamodb").get("ApproximateCreationDateTime", arrived)
    is_moment = isinstance(seconds, int | float) and 0 <= seconds * 1000 <= LAST_MS
    return round(seconds * 1000) if is_moment else None


def _fields(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = record.get(name)
    return inner if isinstance(inner, dict) else record
