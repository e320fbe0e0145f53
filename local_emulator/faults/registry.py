"""The active faults: their targets, their counts and their end."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

from local_emulator.faults.kinds import KINDS
from local_emulator.faults.latency import Latency

MAX_FAULTS = 100


class TooManyFaultsError(Exception):
    """The registry is full until a fault is spent or cleared."""

    def __init__(self) -> None:
        super().__init__(f"{MAX_FAULTS} faults are switched on, which is the most; clear some")


@dataclass(frozen=True, slots=True)
class Fault:
    """A requested fault: its kind, its target (all of `target` must fit; empty fits all), its frequency.

    Of the occasions that fit, the first `after` pass; of the others it strikes at the share `probability`, `times` in
    all (None: without end). `settings` are the kind's own fields.
    """

    kind: str
    target: Mapping[str, str] = field(default_factory=dict)
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """The connection, function or table of an occasion: its names by target; `about` is its name on the console."""

    about: str
    names: Mapping[str, Collection[str]]

    def fits(self, target: Mapping[str, str]) -> bool:
        return all(name in self.names.get(aim, ()) for aim, name in target.items())


def users_of(authorizer: Any) -> tuple[str, ...]:
    """Returns the names of the user in an authorizer's context: `principalId` and `userId`; authorizers use both."""
    if not isinstance(authorizer, Mapping):
        return ()
    return tuple(str(authorizer[name]) for name in ("principalId", "userId") if name in authorizer)


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault in the registry; times in epoch milliseconds."""

    id: str
    fault: Fault
    random: Random
    added_at: int
    seen: Counter[str] = field(default_factory=Counter)
    strikes: int = 0
    struck_at: int | None = None

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.strikes >= self.fault.times

    def is_struck(self, subject: Subject) -> bool:
        """Counts an occasion. Returns True if the fault strikes."""
        fault = self.fault
        if self.spent or not subject.fits(fault.target):
            return False
        counted_by = KINDS[fault.kind].counted_by
        key = min(subject.names.get(counted_by, ()), default="") if counted_by else ""
        self.seen[key] += 1
        number = self.seen[key] - fault.after
        if number < 1 or (counted_by and not _is_turn(number, fault.settings.get("every"))):
            return False
        return fault.probability >= 1 or self.random.random() < fault.probability


@dataclass(frozen=True, slots=True)
class Strike:
    """One strike, the `number`th of its fault. `delay_seconds` is its own sample of the fault's `delayMs`."""

    fault_id: str
    fault: Fault
    number: int
    delay_seconds: float

    @property
    def text(self) -> str:
        """The fault's id and the number of this strike, for the console."""
        times = f" of {self.fault.times}" if self.fault.times else ""
        return f"{self.fault_id} strike {self.number}{times}"

    @property
    def is_last(self) -> bool:
        return self.number == self.fault.times


class FaultRegistry:
    """Holds at most 100 faults in memory; all methods may be called from every thread.

    The faults of one kind are tried in the order in which they were added, and the first that strikes is the only one.
    Calls `on_strike` with each strike.
    """

    def __init__(
        self, on_strike: Callable[[Strike, Subject], None], random: Callable[[int | None], Random] = Random
    ) -> None:
        self._on_strike = on_strike
        self._random = random
        self._ids = itertools.count(1)
        self._by_id: dict[str, ActiveFault] = {}
        self._by_kind: dict[str, tuple[ActiveFault, ...]] = {}
        self._lock = Lock()
        self.on_change: Callable[[Collection[str]], None] = lambda kinds: None  # the kinds that can still strike

    def __bool__(self) -> bool:
        """Returns True if a fault can still strike; a cheap test before each occasion."""
        return bool(self._by_kind)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(list(self._by_id.values()))

    def add(self, fault: Fault, now: int) -> ActiveFault:
        """Adds a fault. A full registry drops the oldest spent one. Raises TooManyFaultsError."""
        with self._lock:
            if len(self._by_id) >= MAX_FAULTS:
                self._make_room()
            added = ActiveFault(f"f{next(self._ids)}", fault, self._random(fault.seed), now)
            self._by_id[added.id] = added
            self._index()
            return added

    def find(self, fault_id: str) -> ActiveFault | None:
        return self._by_id.get(fault_id)

    def clear(self, fault_id: str) -> bool:
        """Clears one fault. Returns False if the id is unknown."""
        with self._lock:
            found = self._by_id.pop(fault_id, None) is not None
            self._index()
            return found

    def clear_all(self) -> int:
        """Clears all faults and returns their number."""
        with self._lock:
            cleared = len(self._by_id)
            self._by_id.clear()
            self._index()
            return cleared

    def strike(self, kind: str, subject: Subject, now: int) -> Strike | None:
        """Returns the strike of the first fault of this kind that strikes on this occasion."""
        for active in self._by_kind.get(kind, ()):
            strike = self.ask(active, subject, now)
            if strike is not None:
                return strike
        return None

    def ask(self, active: ActiveFault, subject: Subject, now: int) -> Strike | None:
        """Returns the strike of this fault on this occasion, None if it does not strike."""
        with self._lock:
            if active.id not in self._by_id or not active.is_struck(subject):
                return None
            active.strikes += 1
            active.struck_at = now
            strike = _strike(active)
            if active.spent:
                self._index()
        self._on_strike(strike, subject)
        return strike

    def _make_room(self) -> None:
        spent = next((one.id for one in self._by_id.values() if one.spent), None)
        if spent is None:
            raise TooManyFaultsError
        del self._by_id[spent]

    def _index(self) -> None:
        by_kind: dict[str, tuple[ActiveFault, ...]] = {}
        for one in self._by_id.values():
            if not one.spent:
                by_kind[one.fault.kind] = (*by_kind.get(one.fault.kind, ()), one)
        self._by_kind = by_kind
        self.on_change(by_kind)


def _is_turn(number: int, every: int | None) -> bool:
    return number == 1 if every is None else (number - 1) % every == 0


def _strike(active: ActiveFault) -> Strike:
    fault, number = active.fault, active.strikes
    latency: Latency | None = fault.settings.get("delayMs")
    delay_ms = latency.sample(active.random, number) if latency else 0.0
    return Strike(active.id, fault, number, delay_ms / 1000)
