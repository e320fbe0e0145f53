"""The newest records, in bounded memory."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

MAX_RECORDS = 20_000
MAX_CHARS = 16 * 1024 * 1024
RECORD_CHARS = 250  # what a record costs beside its text

Record = tuple[Any, ...]
Numbered = tuple[int, Record]


class RingBuffer:
    """Keeps the newest records, numbered from 1 in their order; a full buffer drops the oldest.

    Size is counted in characters: most are of one byte, some of up to four. Only the event loop's thread may use it.
    """

    def __init__(self, max_records: int = MAX_RECORDS, max_chars: int = MAX_CHARS) -> None:
        self._most_records = max_records
        self._most_chars = max_chars
        self._records: deque[tuple[int, Record]] = deque()
        self.chars = 0
        self.last = 0

    def __len__(self) -> int:
        return len(self._records)

    def append(self, record: Record, size: int) -> None:
        """Appends a record whose text has `size` characters."""
        size += RECORD_CHARS
        records = self._records
        records.append((size, record))
        self.last += 1
        self.chars += size
        while self.chars > self._most_chars or len(records) > self._most_records:
            self.chars -= records.popleft()[0]

    def clear(self) -> None:
        """Drops all records; the numbers continue."""
        self._records.clear()
        self.chars = 0

    @property
    def first(self) -> int:
        """The number of the oldest record; one beyond the last if there is none."""
        return self.last - len(self._records) + 1

    def find(self, number: int) -> Record | None:
        if not self.first <= number <= self.last:
            return None
        return self._records[number - self.first][1]

    def after(self, number: int, most: int) -> list[Numbered]:
        """Returns at most `most` records with a higher number: the newest, oldest first."""
        return [*reversed(self.before(self.last + 1, min(most, max(0, self.last - number))))]

    def before(self, number: int, most: int) -> list[Numbered]:
        """Returns at most `most` records with a lower number, newest first."""
        newest = min(number - 1, self.last)
        skipped = self.last - newest
        found = islice(reversed(self._records), skipped, skipped + most)
        return [(newest - place, record) for place, (_, record) in enumerate(found)]
