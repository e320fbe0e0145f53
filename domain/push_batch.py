"""The items of one push, checked: the valid ones, and an error for each invalid one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.disconnect_request import DisconnectRequest, is_disconnect_request, parse_disconnect_request
from domain.push_item import PushItem
from domain.update import InvalidUpdateError, Update, parse_update


@dataclass(frozen=True, slots=True)
class InvalidItem:
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


def check_items(items: Sequence[PushItem]) -> PushBatch:
    """Checks each item; an invalid one does not affect the others."""
    batch = PushBatch()
    for item in items:
        try:
            if is_disconnect_request(item.raw):
                batch.requests.append(parse_disconnect_request(item.raw, item.index))  # type: ignore[arg-type]
            else:
                batch.updates.append(_update(item))
        except InvalidUpdateError as invalid:
            batch.invalid.append(InvalidItem(item, invalid.field, invalid.reason))
    return batch


def _update(item: PushItem) -> Update:
    return parse_update(
        item.raw,
        received_at=item.received_at,
        announced_at=item.announced_at,
        index=item.index,
        created=item.created,
        only_running=item.only_running,
    )
