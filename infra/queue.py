"""The queue where what push could not do now waits, and the one where nothing moves any more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from domain.push_batch import InvalidItem
from domain.push_event import Item
from infra.telemetry import log_failure

FIRST_WAIT_SECONDS = 5
WAIT_GROWTH = 3  # 5, 15, 45, 135 s
MOST_RECEIVES = 5  # as the template has it: a message is a dead letter some 205 s after its first failure
LARGEST_BODY_BYTES = 200_000  # SQS takes 256 KB everywhere
MOST_IN_A_MESSAGE = 50
MOST_AT_ONCE = 10  # in a batch call of SQS


class NotQueued(Exception):
    """SQS did not take it; whoever invoked the function must know, since nobody else will."""


class ProgressQueue:
    """`sqs` is a botocore client; `url` is ProgressQueue's, `dead_letters` its dead-letter queue's."""

    def __init__(self, sqs: Any, url: str, dead_letters: str, errors: tuple[type[Exception], ...]) -> None:
        self._sqs = sqs
        self._url = url
        self._dead_letters = dead_letters
        self._errors = errors

    def put(self, items: Iterable[Item]) -> None:
        """Have valid items delivered to push again, in 5 s. Raises NotQueued."""
        for body in _bodies([json.dumps(item.again) for item in items]):
            self._send(self._url, body, DelaySeconds=FIRST_WAIT_SECONDS)

    def park(self, item: Item, invalid: InvalidItem) -> None:
        """Put what will never be valid where people look, with the reason as attributes. Raises NotQueued."""
        body = item.raw if isinstance(item.raw, str) and item.raw else json.dumps(item.raw)
        why = {"field": invalid.field, "reason": invalid.reason}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in why.items()}
        self._send(self._dead_letters, body, MessageAttributes=attributes)

    def hasten(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Bring messages of ProgressQueue back sooner than after their visibility time-out, which fits a crash.

        They come back all the same if this fails, so it ends with the first failure, which takes seconds.
        """
        ours = (message for message in messages if _is_of(message, self._url))
        while some := list(islice(ours, MOST_AT_ONCE)):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": _wait(message)}
                for number, message in enumerate(some)
            ]
            try:
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            except self._errors:
                log_failure("not_hastened", messages=len(some))
                return

    def _send(self, url: str, body: str, **more: Any) -> None:
        try:
            self._sqs.send_message(QueueUrl=url, MessageBody=body, **more)
        except self._errors as problem:
            raise NotQueued(f"{len(body)} characters: {problem}") from problem


def _bodies(texts: Sequence[str]) -> Iterator[str]:
    """JSON lists of at most so many items and bytes; a single larger one stands alone."""
    chosen: list[str] = []
    size = 0
    for text in texts:
        if chosen and (size + len(text) > LARGEST_BODY_BYTES or len(chosen) == MOST_IN_A_MESSAGE):
            yield f"[{','.join(chosen)}]"
            chosen, size = [], 0
        chosen.append(text)
        size += len(text) + 1
    if chosen:
        yield f"[{','.join(chosen)}]"


def _is_of(message: Mapping[str, Any], url: str) -> bool:
    return str(message.get("eventSourceARN")).split(":")[-2:] == url.split("/")[-2:]


def _wait(message: Mapping[str, Any]) -> int:
    """Returns for how many seconds a message that failed stays hidden.

    After its last receive that is as long as after the first: only then does SQS move it to the dead-letter queue.
    """
    received = int(message["attributes"]["ApproximateReceiveCount"])
    return FIRST_WAIT_SECONDS * (1 if received >= MOST_RECEIVES else WAIT_GROWTH ** (received - 1))
