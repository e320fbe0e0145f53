"""The items of one push, checked: the valid ones, and an error for each invalid one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.disconnect_request import DisconnectRequest, is_disconnect_request, parse_disconnect_request
from domain.push_item import PushItem
from domain.update import InvalidUpdateError, Update, parse_update


class InvalidItem(NamedTuple):
    """An item that is refused, with the field and the reason."""

    item: PushItem
    field: str
    reason: str

    @property
    def error(self) -> dict[str, Any]:
        """Returns the error as the answer holds it."""
        return {"index": self.item.index, "field": self.field, "reason": self.reason}


@dataclass(slots=True)
class PushBatch:
    """Updates and requests hold the index of their item."""

    updates: list[Update] = field(default_factory=list)
    requests: list[DisconnectRequest] = field(default_factory=list)
    invalid: list[InvalidItem] = field(default_factory=list)


def check_items(items: Sequence[PushItem], may_report_for: Callable[[str], bool] | None = None) -> PushBatch:
    """Checks each item; an invalid one does not affect the others.

    `may_report_for` decides on the users of a sender with limited rights, which may not disconnect users either.
    """
    batch = PushBatch()
    for item in items:
        try:
            if may_report_for is not None:
                _check_right(item.raw, may_report_for)
            if is_disconnect_request(item.raw):
                batch.requests.append(parse_disconnect_request(item.raw, item.index))  # type: ignore[arg-type]
            else:
                batch.updates.append(_update(item))
        except InvalidUpdateError as invalid:
            batch.invalid.append(InvalidItem(item, invalid.field, invalid.reason))
    return batch


def _check_right(raw: object, may_report_for: Callable[[str], bool]) -> None:
    if is_disconnect_request(raw):
        raise InvalidUpdateError("disconnect", "this sender may not disconnect users")
    user_id = raw.get("userId") if isinstance(raw, dict) else None
    if isinstance(user_id, str) and not may_report_for(user_id):
        raise InvalidUpdateError("userId", "this sender may not report for this user")


def _update(item: PushItem) -> Update:
    return parse_update(
        item.raw,
        received_at=item.received_at,
        announced_at=item.announced_at,
        index=item.index,
        created=item.created,
        only_running=item.only_running,
    )
