"""Parts that the readers of processing services share: the ids, the times and the error of an update."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.push_item import PushItem
from domain.timestamps import LAST_MS, rfc3339

IDS = ("userId", "uploadId", "fileName", "attempt")
# For users: the cause may hold names of resources and a stack.
FAILED = {"code": "processing_failed", "message": "The processing failed."}


def ids_in(value: object) -> dict[str, Any]:
    """Returns the fields that name an upload."""
    return {name: value[name] for name in IDS if name in value} if isinstance(value, dict) else {}


def named_uploads(items: Iterable[PushItem | None]) -> list[dict[str, Any]] | None:
    """Returns the ids of the uploads in the input of a process; None if it is about objects that are no uploads."""
    known = list(items)
    if known and all(item is None or item.only_running for item in known):
        return None
    found = (ids_in(item.raw) for item in known if item)
    return [ids for ids in found if ids.keys() >= {"userId", "uploadId"}]


def dated(moment: object) -> dict[str, Any]:
    """Returns `rev` and `updatedAt` of a moment in epoch milliseconds; nothing for any other value."""
    is_moment = isinstance(moment, int) and not isinstance(moment, bool) and 0 <= moment <= LAST_MS
    return {"rev": moment, "updatedAt": rfc3339(moment)} if is_moment else {}  # type: ignore[arg-type]


def words_of(value: object, default: str, longest: int) -> str:
    """Returns a text or a number as a text of at most `longest` characters, or `default`."""
    return str(value)[:longest] if isinstance(value, str | int) and value != "" else default
