"""The events that Lambda makes of the records of a table's stream. Pure.

Source: Lambda Developer Guide, with-ddb; DynamoDB API reference, Record and StreamRecord.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Record = Mapping[str, Any]
EVENT_VERSION = "1.1"


def stream_record(record: Record, stream_arn: str) -> dict[str, Any]:
    """Returns a record of GetRecords as a function gets it.

    Documented: times are whole seconds, binary values base64; the names in `userIdentity` are in lower case.
    """
    content = record["dynamodb"]
    changed = {
        name: {key: _value(one) for key, one in content[name].items()}
        for name in ("Keys", "NewImage", "OldImage")
        if name in content
    }
    others = {name: content[name] for name in ("SequenceNumber", "SizeBytes", "StreamViewType") if name in content}
    event = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": {"ApproximateCreationDateTime": arrival(record), **changed, **others},
        "eventSourceARN": stream_arn,
    }
    identity = record.get("userIdentity")
    if identity:
        event["userIdentity"] = {"type": identity.get("Type"), "principalId": identity.get("PrincipalId")}
    return event


def stream_events(records: Sequence[Record], max_bytes: int) -> Iterator[tuple[Record, ...]]:
    """Yields the records in parts whose events have at most `max_bytes`; a larger record is a part of its own."""
    chosen: list[Record] = []
    size = 0
    for record in records:
        length = len(json.dumps(record).encode()) + 2
        if chosen and size + length + len('{"Records": []}') > max_bytes:
            yield tuple(chosen)
            chosen, size = [], 0
        chosen.append(record)
        size += length
    if chosen:
        yield tuple(chosen)


def arrival(record: Record) -> int:
    """Returns the time of a record in whole epoch seconds."""
    moment = record["dynamodb"].get("ApproximateCreationDateTime", 0)
    return int(moment.timestamp() if isinstance(moment, datetime) else moment)


def sequence_number(record: Record) -> str:
    """Returns the number of a record, which is unique in its stream alone."""
    return str(record["dynamodb"]["SequenceNumber"])


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    [(kind, held)] = value.items()
    match kind:
        case "B":
            return {kind: _base64(held)}
        case "BS":
            return {kind: [_base64(one) for one in held]}
        case "L":
            return {kind: [_value(one) for one in held]}
        case "M":
            return {kind: {name: _value(one) for name, one in held.items()}}
        case "SS" | "NS":
            return {kind: list(held)}
    return {kind: held}


def _base64(value: bytes | str) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
