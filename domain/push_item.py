"""The items of one push, before they are checked, with the times that their sources give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.disconnect_request import is_disconnect_request
from domain.timestamps import rfc3339
from domain.update import FIELDS, CreatedObject

ENVELOPE = ("source", "detail-type", "time")


@dataclass(frozen=True, slots=True)
class PushItem:
    """One update or request to disconnect, not yet checked; `raw` is whatever stood in its place.

    `received_at` (epoch milliseconds) is when we received it, by SQS's clock or our own; `position` is the place among
    all items of the invocation; `message` is the SQS message that it came in, as Lambda gives it; `announcement` is the
    event of EventBridge that it came in, `announced_at` the time that stands in the event itself. `created` is the
    object that the update was made of.
    """

    raw: object
    received_at: int
    position: int = 0
    message: Mapping[str, Any] | None = None
    announcement: Mapping[str, Any] | None = None
    announced_at: int | None = None
    created: CreatedObject | None = None

    @property
    def message_id(self) -> str | None:
        return self.message.get("messageId") if self.message else None

    @property
    def said_at(self) -> int:
        """The source's own time, in epoch milliseconds: the same however often it delivers."""
        return self.received_at if self.announced_at is None else self.announced_at

    @property
    def is_dated(self) -> bool:
        """Returns True if it means the same whenever a queue delivers it: its times stand in the text itself."""
        return self.announced_at is not None or not self._missing_times

    @property
    def _missing_times(self) -> dict[str, Any]:
        """The times that an update leaves out, as its source gives them."""
        if not isinstance(self.raw, dict) or is_disconnect_request(self.raw):
            return {}
        times = {"rev": self.said_at, "updatedAt": rfc3339(self.said_at)}
        return {name: time for name, time in times.items() if self.raw.get(name) is None}

    @property
    def again(self) -> object:
        """What to put on a queue so that a valid item means the same later: with the times that its source gave it.

        An event stays one, since its time has whole seconds, which a `rev` has not.
        """
        if self.created and self.announcement:
            missing = {} if self.announced_at is not None else {"time": rfc3339(self.received_at)}
            return {**self.announcement, **missing}
        if not isinstance(self.raw, dict) or is_disconnect_request(self.raw):
            return self.raw
        said = {name: value for name, value in self.raw.items() if name in FIELDS}
        if self.announcement and self.announced_at is not None and said.get("rev") is None:
            return {name: self.announcement[name] for name in ENVELOPE} | {"detail": said}
        return said | self._missing_times

    @property
    def parked(self) -> object:
        """What people find of an invalid item: all that it said, and its times, should it be put back one day."""
        if self.created or not isinstance(self.raw, dict):
            return self.again
        return self.raw | self._missing_times


@dataclass(frozen=True, slots=True)
class PushEvent:
    """The items of one invocation.

    `source` is "direct", "sqs" or "eventbridge"; `ignored` counts objects that were created under keys of no upload.
    """

    source: str
    items: tuple[PushItem, ...]
    ignored: int = 0
