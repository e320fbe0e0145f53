"""What invokes push, read into one shape, whichever door it came through.

Sources: Lambda Developer Guide, "Using Lambda with Amazon SQS"; EventBridge User Guide, "Events in Amazon EventBridge";
Amazon S3 User Guide, "EventBridge event message structure" (there, unlike in S3's own notifications, keys are plain).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.disconnect_request import is_disconnect_request
from domain.key_pattern import KeyPattern
from domain.moment import epoch_ms, rfc3339
from domain.update import FIELDS

MARKS = frozenset({"uploadId", "status", "disconnect"})  # an object with one of these is an item of its own
EPOCH_MS = re.compile(r"[0-9]{1,13}")


@dataclass(frozen=True, slots=True)
class Item:
    """One update or request to disconnect, not yet checked; `raw` is whatever stood in its place.

    `received_at` (epoch milliseconds) is the source's own time, the same however often it delivers; `position` is the
    place among all items of the invocation; `message` is the SQS message that it came in, as Lambda gives it;
    `object_created` is the S3 event that it was made of.
    """

    raw: object
    received_at: int
    position: int = 0
    message: Mapping[str, Any] | None = None
    object_created: Mapping[str, Any] | None = None

    @property
    def message_id(self) -> str | None:
        return self.message.get("messageId") if self.message else None

    @property
    def again(self) -> object:
        """What to put on a queue so that a valid item means the same later: with the times that its source gave it."""
        if self.object_created:
            return self.object_created
        if not isinstance(self.raw, dict) or is_disconnect_request(self.raw):
            return self.raw
        times = {"rev": self.received_at, "updatedAt": rfc3339(self.received_at)}
        said = {name: value for name, value in self.raw.items() if name in FIELDS}
        return said | {name: time for name, time in times.items() if said.get(name) is None}


@dataclass(frozen=True, slots=True)
class PushEvent:
    """The items of one invocation.

    `source` is "direct", "sqs" or "eventbridge"; `ignored` counts objects that were created under keys of no upload.
    """

    source: str
    items: tuple[Item, ...]
    ignored: int = 0


def read_push_event(event: object, now: int, keys: KeyPattern | None = None) -> PushEvent:
    """Read one update, a list, `{"updates": [...]}`, `{"disconnect": ...}`, an SQS batch or an EventBridge event.

    A request to disconnect may stand beside `updates`, or beside the fields of an update; then both are items.

    An SQS message's body and an EventBridge event's detail are read as the whole would be; the source's time is SQS's
    SentTimestamp, EventBridge's `time`, and `now` for the rest. With `keys`, S3's "Object Created" completes the upload
    that the object's key names. What cannot be read is an item all the same, so that it is reported. Never raises.
    """
    if _is_sqs(event):
        source, found = "sqs", _messages(event["Records"], now, keys)  # type: ignore[index]
    else:
        source, found = "eventbridge" if _is_announcement(event) else "direct", _contents(event, now, keys)
    known = list(found)
    items = [item for item in known if item]
    placed = tuple(replace(item, position=place) for place, item in enumerate(items))
    return PushEvent(source, placed, len(known) - len(items))


def _is_sqs(event: object) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        return False
    return all(isinstance(one, dict) and one.get("eventSource") == "aws:sqs" for one in records)


def _messages(records: Iterable[Mapping[str, Any]], now: int, keys: KeyPattern | None) -> Iterator[Item | None]:
    for record in records:
        for item in _contents(_body(record), _sent_at(record, now), keys):
            yield item and replace(item, message=record)


def _body(record: Mapping[str, Any]) -> object:
    """The message, or its text if that is no JSON.

    An asynchronous invocation that failed is a record on the dead-letter queue; put back, it is what was invoked with.
    (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".)
    """
    body = record.get("body")
    try:
        message = json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return body
    if isinstance(message, dict) and message.keys() >= {"requestContext", "requestPayload"}:
        return message["requestPayload"]
    return message


def _sent_at(record: Mapping[str, Any], now: int) -> int:
    attributes = record.get("attributes")
    sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
    return int(sent) if isinstance(sent, str) and EPOCH_MS.fullmatch(sent) else now


def _contents(value: object, received_at: int, keys: KeyPattern | None) -> Iterator[Item | None]:
    """Its items, among them those of events that came through a queue; None for what concerns nobody."""
    for raw in _listed(value):
        if _is_announcement(raw):
            yield from _announced(raw, received_at, keys)  # type: ignore[arg-type]
        else:
            yield Item(raw, received_at)


def _listed(value: object) -> list[object]:
    """Returns the items of one update, a list, or `{"updates": [...]}`, and of what stands beside `updates`."""
    if isinstance(value, dict) and "updates" in value:
        beside = {name: said for name, said in value.items() if name != "updates"}
        listed = [*_several(value["updates"]), *([beside] if beside.keys() & MARKS else [])]
    else:
        listed = _several(value)
    return [part for one in listed for part in _parts(one)]


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _parts(value: object) -> list[object]:
    """Returns an update and the request to disconnect beside it as two items, so that neither is passed over."""
    if not is_disconnect_request(value) or not value.keys() & MARKS - {"disconnect"}:  # type: ignore[attr-defined]
        return [value]
    update = {name: said for name, said in value.items() if name != "disconnect"}  # type: ignore[attr-defined]
    return [update, {"disconnect": value["disconnect"]}]  # type: ignore[index]


def _is_announcement(value: object) -> bool:
    """Whether it is an event of EventBridge; it has more fields, but these make it one."""
    return isinstance(value, dict) and value.keys() >= {"source", "detail-type", "detail"}


def _announced(event: dict[str, Any], received_at: int, keys: KeyPattern | None) -> Iterator[Item | None]:
    time = epoch_ms(event.get("time"))
    received_at = received_at if time is None else time
    if (event["source"], event["detail-type"]) == ("aws.s3", "Object Created"):
        yield _object_created(event, received_at, keys)
    else:
        yield from (Item(raw, received_at) for raw in _listed(event["detail"]))


def _object_created(event: dict[str, Any], received_at: int, keys: KeyPattern | None) -> Item | None:
    """An object is there as a whole or not at all, so its upload is complete, whichever attempt brought it."""
    detail = event["detail"]
    created = detail.get("object") if isinstance(detail, dict) else None
    created = created if isinstance(created, dict) else {}
    named = keys.read(created["key"]) if keys and isinstance(created.get("key"), str) else None
    if named is None:
        return None
    update: dict[str, Any] = {name: named[name] for name in ("userId", "uploadId", "fileName") if name in named}
    update["status"] = "completed"
    if "size" in created:
        update |= {"bytesUploaded": created["size"], "bytesTotal": created["size"]}
    return Item(update, received_at, object_created=event)
