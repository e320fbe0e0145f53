"""Reads the content of an event into items: updates as they are, and updates made of events of AWS's services.

Sources: EventBridge User Guide, "Events in Amazon EventBridge"; SNS Developer Guide, "Fanout to Amazon SQS queues" and
"Fanout to Lambda functions".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from domain.disconnect_request import is_disconnect_request
from domain.push_item import PushItem
from domain.timestamps import epoch_ms, rfc3339
from domain.upload_bucket import UploadBucket

MARKS = frozenset({"uploadId", "status", "disconnect"})  # an object with one of these is an item of its own
# Each envelope has one of these.
ENVELOPES = frozenset({"Records", "detail", "TopicArn", "Event", "requestPayload", "specversion", "eventSource"})
STREAMS = {"aws:kinesis": "kinesis", "aws:dynamodb": "dynamodb"}
SERVICES = {"aws:sqs": "sqs_message", **STREAMS}  # their records may also come without `Records`
RECORDS = {"aws:s3": "s3", "aws:sns": "sns", **SERVICES}
EPOCH_MS = re.compile(r"[0-9]{1,13}")
MAX_ENVELOPES = 8  # an event of S3 through SNS and SQS to a function whose destination is push has five

Items = Iterator[PushItem | None]


class EventItems(NamedTuple):
    """Reads items. `bucket` names the uploads of S3's objects; `function_arn` is that of push itself.

    An event in more than `envelopes_left` others is read as an update, and therefore reported.
    """

    bucket: UploadBucket | None = None
    function_arn: str | None = None
    envelopes_left: int = MAX_ENVELOPES

    def read(self, value: object, received_at: int, announced_at: int | None = None) -> Items:
        """Yields the items of one update, a list, `{"updates": [...]}`, or an event; None for what is no upload.

        `received_at` is the time of receipt, and `announced_at` the time of the envelope, in epoch milliseconds.
        """
        for raw in listed(value):
            kind = self.kind(raw)
            if kind is None:
                yield PushItem(raw, received_at, announced_at=announced_at)
            else:
                yield from self._contents(kind, raw, received_at, announced_at)  # type: ignore[arg-type]

    def kind(self, raw: object) -> str | None:
        """Returns the kind of an event; None for an item.

        Kinds are "eventbridge", "s3", "sns", "sqs_message" (one that is in another event, or beside one), "kinesis",
        "dynamodb", "lambda", "tusd" and "cloudevents".
        """
        if not isinstance(raw, dict) or not self.envelopes_left or ENVELOPES.isdisjoint(raw):
            return None
        if raw.keys() >= {"source", "detail-type", "detail"}:
            return "eventbridge"
        if isinstance(records := raw.get("Records"), list):
            return RECORDS.get(_service(records[0]) if records else "", "s3")
        if (service := _service(raw)) in SERVICES:
            return SERVICES[service]
        if raw.get("Type") == "Notification" and "Message" in raw:
            return "sns"
        if raw.get("Event") == "s3:TestEvent":
            return "s3"
        if isinstance(raw.get("Event"), dict) and "Upload" in raw["Event"]:
            return "tusd"
        if "specversion" in raw:
            return "cloudevents"
        return "lambda" if raw.keys() >= {"requestContext", "requestPayload"} else None

    def _contents(self, kind: str, raw: dict[str, Any], received_at: int, announced_at: int | None) -> Items:
        if kind == "tusd":
            from handlers import tusd_hook

            return iter([tusd_hook.read_hook(raw, received_at, announced_at, self.bucket)])
        if kind == "cloudevents":
            return self._cloud_event(raw, received_at)
        if kind == "eventbridge":
            return self._event(raw, received_at)
        if kind == "lambda":
            return self._invocation(raw, received_at)
        if isinstance(raw.get("Records"), list):
            return self._records(raw["Records"], received_at)
        if _service(raw) in SERVICES:
            return self._records([raw], received_at)
        # S3 sends a test event when its configuration changes.
        return self._notification(raw, received_at) if kind == "sns" else iter([None])

    @property
    def _inner(self) -> EventItems:
        return EventItems(self.bucket, self.function_arn, self.envelopes_left - 1)

    def _event(self, event: dict[str, Any], received_at: int) -> Items:
        """Yields the items of an event of EventBridge; other sources than these AWS services are pipelines."""
        source, time = event["source"], epoch_ms(event.get("time"))
        dated = event if time is not None else {**event, "time": rfc3339(received_at)}
        if source == "aws.s3":
            from handlers.aws_events import s3

            yield s3.read_event(dated, received_at, self.bucket)
        elif source == "aws.guardduty":
            from handlers.aws_events import malware_scan

            yield malware_scan.read_event(dated, received_at, self.bucket)
        elif source == "aws.mediaconvert":
            from handlers.aws_events import media_convert

            yield media_convert.read_event(event, received_at)
        elif source == "aws.states":
            from handlers.aws_events import state_machine

            requested = self._inner.read(parsed(state_machine.input_of(event)), received_at)
            yield from state_machine.read_event(event, received_at, requested)
        elif source == "lambda":
            yield from self._inner.read(event["detail"], received_at, time)
        else:
            for item in self._inner.read(event["detail"], received_at, time):
                yield item and replace(item, announcement=event if item.announced_at == time else None)

    def _records(self, records: list[object], received_at: int) -> Items:
        from handlers.aws_events import s3

        for record in records:
            service = _service(record)
            if service == "aws:s3":
                yield s3.read_record(record, received_at, self.bucket)  # type: ignore[arg-type]
            elif service == "aws:sns" and isinstance(record.get("Sns"), dict):  # type: ignore[attr-defined]
                yield from self._notification(record["Sns"], received_at)  # type: ignore[index]
            elif service in STREAMS:
                yield from self._stream_record(record, received_at)  # type: ignore[arg-type]
            elif service == "aws:sqs":
                # The writer of the event chose this time, so it is no time of receipt.
                yield from self._inner.read(parsed(record.get("body")), received_at, sent_at(record))  # type: ignore[attr-defined,arg-type]
            else:
                yield PushItem(record, received_at)

    def _stream_record(self, record: dict[str, Any], received_at: int) -> Items:
        """Yields the items in a record of a stream, such as updates; a row that was deleted has none."""
        from handlers.aws_events import stream

        content = stream.content_of(record)
        if content is None:
            yield None
        else:
            yield from self._inner.read(parsed(base64_text(content)), received_at, stream.time_of(record))

    def _cloud_event(self, event: dict[str, Any], received_at: int) -> Items:
        """Yields the items in the data of an event in structured mode (CloudEvents 1.0, "JSON Event Format")."""
        data = event.get("data", base64_text(event.get("data_base64")))
        yield from self._inner.read(parsed(data), received_at, epoch_ms(event.get("time")))

    def _notification(self, notification: dict[str, Any], received_at: int) -> Items:
        """Yields the items in a message of SNS."""
        time = epoch_ms(notification.get("Timestamp"))
        yield from self._inner.read(parsed(notification.get("Message")), received_at, time)

    def _invocation(self, record: dict[str, Any], received_at: int) -> Items:
        """Yields the items of an invocation: push's own, which failed, is read again; another function's has ended."""
        from handlers.aws_events import lambda_destination

        request = record["requestPayload"]
        if lambda_destination.is_of(record, self.function_arn):
            yield from self._inner.read(request, received_at, lambda_destination.first_tried_at(record))
        else:
            requested = self._inner.read(request, received_at)
            yield from lambda_destination.read_record(record, received_at, requested)


def _service(record: object) -> str:
    """Returns the service that a record is of, such as "aws:s3"."""
    return str(record.get("eventSource", record.get("EventSource"))) if isinstance(record, dict) else ""


def sent_at(message: Mapping[str, Any]) -> int | None:
    """Returns the SentTimestamp of a message of SQS, in epoch milliseconds."""
    attributes = message.get("attributes")
    sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
    return int(sent) if isinstance(sent, str) and EPOCH_MS.fullmatch(sent) else None


def base64_text(value: object) -> object:
    """Returns the text in base64; the value itself if it is no such text."""
    try:
        return base64.b64decode(value, validate=True).decode() if isinstance(value, str) else value
    except ValueError:
        return value


def parsed(text: object) -> object:
    """Returns a parsed text, or the text itself if it is not JSON."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text


def listed(value: object) -> list[object]:
    """Returns the items of one update, a list, or `{"updates": [...]}`, and of the fields beside `updates`."""
    if isinstance(value, dict) and "updates" in value:
        beside = {name: content for name, content in value.items() if name != "updates"}
        found = [*_several(value["updates"]), *([beside] if beside.keys() & MARKS else [])]
    else:
        found = _several(value)
    return [part for one in found for part in _parts(one)]


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _parts(value: object) -> list[object]:
    """Returns an update and the request to disconnect beside it as two items, so that neither is ignored."""
    if not is_disconnect_request(value) or not value.keys() & MARKS - {"disconnect"}:  # type: ignore[attr-defined]
        return [value]
    update = {name: content for name, content in value.items() if name != "disconnect"}  # type: ignore[attr-defined]
    return [update, {"disconnect": value["disconnect"]}]  # type: ignore[index]
