"""Reads the recording as rows: new ones since a number, or earlier ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from local_emulator.inspector.record_filter import Selection
from local_emulator.inspector.record_view import RecordView, Row
from local_emulator.inspector.ring_buffer import RingBuffer

MAX_ROWS = 200
MAX_SCANNED_RECORDS = 500  # described in one go before the gateway has its turn


@dataclass(frozen=True, slots=True)
class NewRecords:
    """Rows since a number, oldest first; `skipped` records were too many, `last` is the next start."""

    rows: list[Row]
    skipped: int
    last: int


class History:
    """Returns the records as rows."""

    def __init__(self, ring: RingBuffer, descriptions: RecordView) -> None:
        self.ring = ring
        self._descriptions = descriptions

    def news(self, after: int, selection: Selection) -> NewRecords:
        """Returns the rows after a number: the newest if there are many."""
        last = self.ring.last
        newest = self.ring.after(after, MAX_ROWS)
        rows = [self._descriptions.row(*one) for one in newest if selection.may_fit(one[1])]
        skipped = max(0, last - max(after, 0) - len(newest))
        return NewRecords([row for row in rows if selection.fits(row)], skipped, last)

    async def past(
        self, before: int, selection: Selection, most: int = MAX_ROWS, full: bool = False
    ) -> tuple[list[Row], int]:
        """Returns at most `most` rows from before a number, newest first, and the next number, 0 at the end.

        `full` as by `full`. A long search yields to the event loop.
        """
        describe = self._descriptions.full if full else self._descriptions.row
        found: list[Row] = []
        while before > self.ring.first:
            for number, record in self.ring.before(before, MAX_SCANNED_RECORDS):
                before = number
                if not selection.may_fit(record):
                    continue
                row = describe(number, record)
                if selection.fits(row):
                    found.append(row)
                if len(found) == most:
                    return found, number
            await asyncio.sleep(0)
        return found, 0

    def full(self, number: int) -> Row | None:
        record = self.ring.find(number)
        return None if record is None else self._descriptions.full(number, record)
