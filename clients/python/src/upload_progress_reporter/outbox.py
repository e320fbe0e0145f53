"""The updates that wait to be sent: bounded, in order, the newest state of each upload."""

import json
from dataclasses import dataclass

from .updates import Update, has_ended

Key = tuple[str, str]


@dataclass(slots=True)
class Entry:
    """One waiting update, its place in the line (`number`) and how often sending it has failed."""

    number: int
    update: Update
    failures: int = 0


class Outbox:
    """First come, first served; not thread-safe, its sender locks.

    Progress replaces waiting progress of the same status and keeps its place. When `limit` entries wait, the
    next one costs a state of the same upload that was overtaken, else the oldest running state (that upload
    will speak again), and only if nothing but ends wait the oldest end. `dropped` counts what was lost.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers = 0
        self._entries: dict[int, Entry] = {}
        self._running: dict[int, Entry] = {}
        self._lines: dict[Key, list[Entry]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def last_number(self) -> int:
        """The highest number given so far; whoever flushes waits until none up to it is left."""
        return self._numbers

    @property
    def first_number(self) -> int | None:
        """The lowest number that waits; None if nothing does."""
        return next(iter(self._entries), None)

    def put(self, update: Update) -> None:
        """Let `update` wait, unless a newer one of its kind already does."""
        self._numbers += 1
        self._join_line(Entry(self._numbers, update))
        if len(self._entries) > self._limit:
            self._drop_one(_key(update))

    def put_back(self, entries: list[Entry]) -> None:
        """Return what could not be sent to the front, unless newer states of its kind came meanwhile."""
        later, self._entries = self._entries, {}
        running, self._running = self._running, {}
        for entry in entries:
            self._join_line(entry)
        self._entries.update(later)
        self._running.update(running)
        while len(self._entries) > self._limit:
            self._drop_one(_key(next(iter(self._entries.values())).update))

    def take(self, max_updates: int, max_bytes: int) -> list[Entry]:
        """Remove and return the first entries that fit together; at least one if any waits."""
        batch: list[Entry] = []
        room = max_bytes
        for entry in self._entries.values():
            room -= size_of(entry.update)
            if len(batch) == max_updates or (batch and room < 0):
                break
            batch.append(entry)
        for entry in batch:
            self._remove(entry)
        return batch

    def clear(self) -> None:
        """Forget everything that waits."""
        self._entries.clear()
        self._running.clear()
        self._lines.clear()

    def _join_line(self, entry: Entry) -> None:
        line = self._lines.setdefault(_key(entry.update), [])
        place = len(line)
        while place and _order(line[place - 1]) > _order(entry):
            place -= 1
        if place < len(line) and _kind(line[place]) == _kind(entry):
            return
        if place and _kind(line[place - 1]) == _kind(entry):
            line[place - 1].update, line[place - 1].failures = entry.update, 0
            return
        line.insert(place, entry)
        self._entries[entry.number] = entry
        if not has_ended(entry.update):
            self._running[entry.number] = entry

    def _drop_one(self, key: Key) -> None:
        overtaken = next((e for e in self._lines[key][:-1] if not has_ended(e.update)), None)
        self._remove(overtaken or next(iter((self._running or self._entries).values())))
        self.dropped += 1

    def _remove(self, entry: Entry) -> None:
        del self._entries[entry.number]
        self._running.pop(entry.number, None)
        line = self._lines[_key(entry.update)]
        line.remove(entry)
        if not line:
            del self._lines[_key(entry.update)]


def size_of(update: Update) -> int:
    """Bytes of this update in a list in compact JSON, its comma included."""
    return len(json.dumps(update, separators=(",", ":"))) + 1


def _key(update: Update) -> Key:
    return update["userId"], update["uploadId"]


def _order(entry: Entry) -> tuple[int, int]:
    return entry.update["attempt"], entry.update["rev"]


def _kind(entry: Entry) -> tuple[int, str, str]:
    return entry.update["attempt"], entry.update["status"], entry.update["phase"]
