"""Writes to ProgressQueue, which retries, and to its dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from domain.push_batch import InvalidItem
from domain.push_item import PushItem
from infra.telemetry import log, log_failure
from infra.thread_pool import SecondsLeft

FIRST_WAIT_SECONDS = 5
WAIT_GROWTH = 3  # 5, 15, 45, 135 s
MAX_RECEIVES = 5  # as the template has it: a message is a dead letter some 205 s after its first failure
MAX_BODY_BYTES = 200_000  # SQS takes 256 KB everywhere
MAX_ITEMS_PER_MESSAGE = 50
MAX_ENTRIES_PER_CALL = 10  # in a batch call of SQS

T = TypeVar("T")


class NotQueuedError(Exception):
    """SQS refused messages that must not be lost; the caller of the function must invoke it again."""


class DeadLetter(NamedTuple):
    """A message for the dead-letter queue: the items of one message that are invalid for the same reason."""

    items: Sequence[PushItem]
    body: str
    invalid: InvalidItem

    def entry(self, number: int) -> dict[str, Any]:
        """Returns the entry of SendMessageBatch, with field and reason as message attributes."""
        why = {"field": self.invalid.field, "reason": self.invalid.reason}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in why.items()}
        return {"Id": str(number), "MessageBody": self.body, "MessageAttributes": attributes}


class ProgressQueue:
    """`sqs` is a botocore client; `url` is ProgressQueue's, `dead_letters` its dead-letter queue's."""

    def __init__(self, sqs: Any, url: str, dead_letters: str, errors: tuple[type[Exception], ...]) -> None:
        self._sqs = sqs
        self._url = url
        self._dead_letters = dead_letters
        self._errors = errors

    def owns(self, item: PushItem) -> bool:
        """Returns True if the item came from ProgressQueue; other queues have their own dead-letter queues."""
        return item.message is not None and _is_of(item.message, self._url)

    def put(self, items: Iterable[PushItem]) -> None:
        """Sends valid items to push again, in 5 s. Raises NotQueuedError."""
        texts = [json.dumps(item.again) for item in items]
        for some in _portions(texts, [len(text) for text in texts], MAX_ITEMS_PER_MESSAGE):
            body = f"[{','.join(some)}]"
            try:
                self._sqs.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=FIRST_WAIT_SECONDS)
            except self._errors as problem:
                raise NotQueuedError(f"{len(body)} characters: {problem}") from problem

    def park(self, invalid: Iterable[InvalidItem], seconds_left: SecondsLeft) -> list[PushItem]:
        """Sends invalid items to the dead-letter queue, and returns those that could not be sent.

        Items of one message with the same fault become one message, and a call takes ten of those: one message of SQS
        may hold 131 072 invalid items.
        """
        unparked: list[PushItem] = []
        letters = list(_dead_letters(invalid))
        for parked in _portions(letters, [len(one.body.encode()) for one in letters], MAX_ENTRIES_PER_CALL):
            if seconds_left() <= 0:
                log("parking_left", messages=len(parked))
                unparked += [item for one in parked for item in one.items]
            else:
                unparked += [item for one in self._park(parked) for item in one.items]
        return unparked

    def _park(self, parked: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Returns the messages that SQS refused."""
        entries = [one.entry(number) for number, one in enumerate(parked)]
        try:
            answer = self._sqs.send_message_batch(QueueUrl=self._dead_letters, Entries=entries)
        except self._errors:
            log_failure("not_parked", messages=len(parked))
            return list(parked)
        failed = [parked[int(one["Id"])] for one in answer.get("Failed", ())]
        if failed:
            log("not_parked", messages=len(failed), code=answer["Failed"][0].get("Code"))
        return failed

    def shorten_wait(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Shortens the visibility time-out of messages of ProgressQueue, which is meant for crashes.

        They come back in any case, so this ends with the first failure, which takes seconds.
        """
        ours = (message for message in messages if _is_of(message, self._url))
        while some := list(islice(ours, MAX_ENTRIES_PER_CALL)):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": _wait(message)}
                for number, message in enumerate(some)
            ]
            try:
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            except self._errors:
                log_failure("not_hastened", messages=len(some))
                return


def _dead_letters(invalid: Iterable[InvalidItem]) -> Iterator[DeadLetter]:
    groups: dict[tuple[str | None, str, str], list[InvalidItem]] = {}
    for one in invalid:
        groups.setdefault((one.item.message_id, one.field, one.reason), []).append(one)
    for group in groups.values():
        texts = [_text(one.item) for one in group]
        for some in _portions(list(zip(group, texts, strict=True)), [len(text) for text in texts], len(texts)):
            body = some[0][1] if len(some) == 1 else f"[{','.join(text for _, text in some)}]"
            yield DeadLetter([one.item for one, _ in some], body, some[0][0])


def _text(item: PushItem) -> str:
    """Returns the body for the dead-letter queue: JSON, or the original text if that is not JSON."""
    parked = item.parked
    is_alone = isinstance(parked, str) and parked and item.message and item.message.get("body") == parked
    return str(parked) if is_alone else json.dumps(parked)


def _portions(things: Sequence[T], sizes: Sequence[int], most: int) -> Iterator[list[T]]:
    """Yields runs of neighbours within the limits of number and bytes; a larger one is alone."""
    chosen: list[T] = []
    bytes_chosen = 0
    for thing, size in zip(things, sizes, strict=True):
        if chosen and (bytes_chosen + size > MAX_BODY_BYTES or len(chosen) == most):
            yield chosen
            chosen, bytes_chosen = [], 0
        chosen.append(thing)
        bytes_chosen += size + 1
    if chosen:
        yield chosen


def _is_of(message: Mapping[str, Any], url: str) -> bool:
    return str(message.get("eventSourceARN")).split(":")[-2:] == url.split("/")[-2:]


def _wait(message: Mapping[str, Any]) -> int:
    """Returns the seconds for which a message that failed stays hidden.

    After the last receive they are those of the first: only afterwards does SQS move it to the dead-letter queue.
    """
    received = int(message["attributes"]["ApproximateReceiveCount"])
    return FIRST_WAIT_SECONDS * (1 if received >= MAX_RECEIVES else WAIT_GROWTH ** (received - 1))
