"""The updates that wait to be sent: bounded, in order, the newest state of each upload."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

from .updates import Update, has_ended

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Entry:
    """One waiting update, its place in the line (`number`), and since when sending it fails (monotonic seconds)."""

    number: int
    update: Update
    failing_since: float | None = None


class Outbox:
    """A queue in order of arrival; not thread-safe, its sender locks.

    Progress replaces waiting progress of the same status and keeps its place. Above `limit` entries, one is dropped:
    the oldest state that a newer one of its upload has replaced, else the oldest running state, else the oldest end.
    So no end is lost as long as the ends fit, and no newest state as long as the uploads fit too.
    `dropped` counts the lost.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers = 0
        self._entries: dict[int, Entry] = {}
        self._running: dict[int, Entry] = {}
        self._ends: dict[int, Entry] = {}
        self._overtaken: dict[int, Entry] = {}
        self._lines: dict[Key, list[Entry]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def last_number(self) -> int:
        """The highest number given so far; a flush waits until none up to it is left."""
        return self._numbers

    @property
    def first_number(self) -> int | None:
        """The lowest number that waits; None if nothing does."""
        return next(iter(self._entries), None)

    def has(self, key: Key) -> bool:
        """Returns True if an update of this upload waits."""
        return key in self._lines

    def put(self, update: Update) -> None:
        """Adds `update`, unless a newer state of its upload came first from another thread."""
        line = self._lines.setdefault(key_of(update), [])
        if line and _is_older(update, line[-1].update):
            return
        if line and _kind(line[-1].update) == _kind(update):
            line[-1].update = update
            return
        self._numbers += 1
        if line:
            self._note_overtaken(line[-1])
        entry = Entry(self._numbers, update)
        line.append(entry)
        self._add(entry)
        self._keep_within_limit()

    def put_back(self, entries: list[Entry]) -> None:
        """Puts unsent entries back in their places, unless a newer state of their kind came meanwhile."""
        waiting = sorted([*entries, *self._entries.values()], key=lambda entry: entry.number)
        for numbered in (self._entries, self._running, self._ends):
            numbered.clear()
        for entry in waiting:
            self._add(entry)
        for entry in reversed(entries):
            line = self._lines.setdefault(key_of(entry.update), [])
            line.insert(0, entry)
            if len(line) > 1:
                self._note_overtaken(entry)
                if _kind(line[1].update) == _kind(entry.update):
                    self._remove(entry)
        self._keep_within_limit()

    def take(self, max_updates: int, max_bytes: int, *, ends_first: bool = False) -> list[Entry]:
        """Removes and returns the first entries that fit together; at least one if any waits.

        `ends_first`: if time is short, ends take precedence over running states. A state that an end of this batch has
        replaced, and that does not fit, is dropped.
        """
        batch: list[Entry] = []
        bytes_left = max_bytes
        for entry in self._ends_first() if ends_first else self._entries.values():
            bytes_left -= size_of(entry.update)
            if len(batch) == max_updates or (batch and bytes_left < 0):
                break
            batch.append(entry)
        for entry in self._overtaken_by(batch) if ends_first else ():
            self._remove(entry)
        for entry in batch:
            self._remove(entry)
        return sorted(batch, key=lambda entry: entry.number)

    def clear(self) -> None:
        """Discards all entries."""
        self._entries.clear()
        self._running.clear()
        self._ends.clear()
        self._overtaken.clear()
        self._lines.clear()

    def _ends_first(self) -> Iterator[Entry]:
        return itertools.chain(self._ends.values(), self._running.values())

    def _overtaken_by(self, batch: list[Entry]) -> list[Entry]:
        """Returns the states that do not fit in `batch`, although an end in it follows them."""
        taken = {entry.number for entry in batch}
        left: dict[int, Entry] = {}
        for end in (entry for entry in batch if entry.number in self._ends):
            line = self._lines[key_of(end.update)]
            left |= {entry.number: entry for entry in line[: line.index(end)] if entry.number not in taken}
        return [*left.values()]

    def _add(self, entry: Entry) -> None:
        self._entries[entry.number] = entry
        (self._ends if has_ended(entry.update) else self._running)[entry.number] = entry

    def _note_overtaken(self, entry: Entry) -> None:
        if entry.number in self._running:
            self._overtaken[entry.number] = entry

    def _keep_within_limit(self) -> None:
        while len(self._entries) > self._limit:
            self._remove(next(iter((self._overtaken or self._running or self._entries).values())))
            self.dropped += 1

    def _remove(self, entry: Entry) -> None:
        del self._entries[entry.number]
        self._running.pop(entry.number, None)
        self._ends.pop(entry.number, None)
        self._overtaken.pop(entry.number, None)
        line = self._lines[key_of(entry.update)]
        line.remove(entry)
        if not line:
            del self._lines[key_of(entry.update)]


def size_of(update: Update) -> int:
    """Returns the bytes of this update in a list of compact JSON, its comma included."""
    return len(json.dumps(update, separators=(",", ":"))) + 1


def key_of(update: Update) -> Key:
    """Returns the user id and the upload id."""
    return update["userId"], update["uploadId"]


def _is_older(update: Update, other: Update) -> bool:
    """Returns True if `other` supersedes `update`; of two runs the one that was added later is newer."""
    return update["runId"] == other["runId"] and update["rev"] < other["rev"]


def _kind(update: Update) -> tuple[str, str, str]:
    return update["runId"], update["status"], update["phase"]
