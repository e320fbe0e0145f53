"""The items of one push, before they are checked, with the times that their sources give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.disconnect_request import is_disconnect_request
from domain.timestamps import rfc3339
from domain.update import FIELDS, SECOND_MS, CreatedObject

ENVELOPE = ("source", "detail-type", "time")


@dataclass(frozen=True, slots=True)
class PushItem:
    """One update or request to disconnect, not yet checked; `raw` is any JSON value.

    `received_at` (epoch milliseconds) is the time of receipt, by the clock of SQS or of the function. `index` is the
    index among the items of the invocation. `message` is the SQS message that held it, as Lambda passes it.
    `announcement` is the EventBridge event that held it, `announced_at` the time of what held it. `event` is the event
    of an AWS service that the update was made of, `created` the object. With `only_running` it counts for a running
    upload alone.
    """

    raw: object
    received_at: int
    index: int = 0
    message: Mapping[str, Any] | None = None
    announcement: Mapping[str, Any] | None = None
    announced_at: int | None = None
    created: CreatedObject | None = None
    event: Mapping[str, Any] | None = None
    only_running: bool = False

    @property
    def message_id(self) -> str | None:
        return self.message.get("messageId") if self.message else None

    @property
    def said_at(self) -> int:
        """The source's own time, in epoch milliseconds: the same at every delivery."""
        return self.received_at if self.announced_at is None else self.announced_at

    @property
    def is_dated(self) -> bool:
        """Returns True if its times are in the text itself, so that it means the same at every delivery."""
        return self.announced_at is not None or not self._missing_times

    @property
    def _missing_times(self) -> dict[str, Any]:
        """The times that an update leaves out, taken from its source.

        An `updatedAt` in whole seconds stands for the whole second, as such a time of the source does; no `rev` does.
        """
        if not isinstance(self.raw, dict) or is_disconnect_request(self.raw):
            return {}
        if self.raw.get("updatedAt") is not None or self.raw.get("rev") is not None:  # each replaces the other
            return {}
        is_whole = self.announced_at is not None and self.announced_at % SECOND_MS == 0
        return {**({} if is_whole else {"rev": self.said_at}), "updatedAt": rfc3339(self.said_at)}

    @property
    def again(self) -> object:
        """The text for a queue: a valid item with its times, so that it means the same later.

        An event stays an event, since its time has whole seconds and a `rev` has milliseconds.
        """
        if self.event is not None and not (isinstance(self.raw, dict) and "rev" in self.raw):
            return self.event
        if not isinstance(self.raw, dict) or is_disconnect_request(self.raw):
            return self.raw
        kept = {name: value for name, value in self.raw.items() if name in FIELDS}
        if self.announcement and self.announced_at is not None and kept.get("rev") is None:
            return {name: self.announcement[name] for name in ENVELOPE} | {"detail": kept}
        return kept | self._missing_times

    @property
    def parked(self) -> object:
        """The text of an invalid item for the dead-letter queue: all its fields, and its times for a move back."""
        if self.event is not None:
            return self.event
        if not isinstance(self.raw, dict):
            return self.raw
        return self.raw | self._missing_times


@dataclass(frozen=True, slots=True)
class PushEvent:
    """The items of one invocation.

    `source` is "direct", "sqs" or a kind of event (handlers/event_items.py). `ignored` counts events of no upload.
    """

    source: str
    items: tuple[PushItem, ...]
    ignored: int = 0

    @classmethod
    def of(cls, source: str, found: Iterable[PushItem | None]) -> PushEvent:
        """Returns the event with its items numbered; None in `found` is an event that concerns no upload."""
        known = list(found)
        items = numbered(item for item in known if item)
        return cls(source, items, len(known) - len(items))


def numbered(items: Iterable[PushItem]) -> tuple[PushItem, ...]:
    """Returns the items, each with its index among them."""
    return tuple(replace(item, index=index) for index, item in enumerate(items))
