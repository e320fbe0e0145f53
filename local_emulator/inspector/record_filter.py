"""The selection of records. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.inspector.ring_buffer import Record

MAX_CHARS = 256
FRAMES = ("in", "out", "open", "close")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects records that fit all of its parts; an empty part fits everything.

    `kinds` as in a row, or "log" for calls that wrote a log. `text` may occur anywhere in the row.
    """

    connection: str = ""
    user: str = ""
    route: str = ""
    kinds: frozenset[str] = frozenset()
    text: str = ""

    def may_fit(self, record: Record) -> bool:
        """Returns False for records that cannot fit: a test that costs far less than describing them."""
        kind = record[1]
        if self.kinds and kind not in self.kinds and not ("log" in self.kinds and kind == "call" and record[5]):
            return False
        if self.connection and kind == "call":
            return self.connection in record[3].text
        return not self.connection or kind not in FRAMES or record[2].connection_id == self.connection

    def fits(self, row: Mapping[str, Any]) -> bool:
        if self.kinds and not self._fits_kind(row):
            return False
        if self.connection and row["connection"] != self.connection:
            return False
        if self.user and row["user"] != self.user:
            return False
        if self.route and self.route not in (row["what"], row.get("function")):
            return False
        return not self.text or self._fits_text(row)

    def _fits_kind(self, row: Mapping[str, Any]) -> bool:
        return row["kind"] in self.kinds or ("log" in self.kinds and row.get("logLines", 0) > 0)

    def _fits_text(self, row: Mapping[str, Any]) -> bool:
        wanted = self.text.lower()
        return any(wanted in str(row.get(name) or "").lower() for name in TEXTS)


TEXTS = ("connection", "user", "what", "function", "outcome", "preview", "requestId")


def read_selection(asked: Mapping[str, Any]) -> Selection:
    """Reads the parameters of a URL or a message of the page; ignores values that are not texts."""
    texts = {name: value[:MAX_CHARS] for name, value in asked.items() if isinstance(value, str)}
    kinds = frozenset(kind for kind in texts.get("kinds", "").split(",") if kind)
    return Selection(
        texts.get("connection", ""), texts.get("user", ""), texts.get("route", ""), kinds, texts.get("text", "").strip()
    )
