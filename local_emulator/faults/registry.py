"""The faults that are switched on: at whom each is aimed, how often it has struck, and when it is spent."""

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
    """There is no room for another fault until one is spent or cleared."""

    def __init__(self) -> None:
        super().__init__(f"{MAX_FAULTS} faults are switched on, which is the most; clear some")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is asked for: a kind, whom it is aimed at (all of `target` must fit; empty fits all), how often.

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
    """Whom an occasion is about: under each aim the names it goes by; `about` is what the console calls it."""

    about: str
    names: Mapping[str, Collection[str]]

    def fits(self, target: Mapping[str, str]) -> bool:
        return all(name in self.names.get(aim, ()) for aim, name in target.items())


def users_of(authorizer: Any) -> tuple[str, ...]:
    """The names of the user in an authorizer's context: the principal and `userId`, which authorizers use alike."""
    if not isinstance(authorizer, Mapping):
        return ()
    return tuple(str(authorizer[name]) for name in ("principalId", "userId") if name in authorizer)


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault that is on; times in epoch milliseconds."""

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
        """Count an occasion, and decide on it."""
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
    """One strike: the `number`th of its fault. `delay_seconds` is its own draw of the fault's `delayMs`."""

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
    """The registry: in memory alone, at most 100, and safe to ask from every thread.

    Of several faults of one kind the one that was switched on first is asked first, and the first to strike is the
    only one. `on_strike` is told of each strike.
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

    def __bool__(self) -> bool:
        """Whether any could still strike; asked on every occasion, so it costs next to nothing."""
        return bool(self._by_kind)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(list(self._by_id.values()))

    def add(self, fault: Fault, now: int) -> ActiveFault:
        """Switch a fault on. Spent ones make room, the oldest first. Raises TooManyFaultsError."""
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
        """Switch one off; False if there is none of that id."""
        with self._lock:
            found = self._by_id.pop(fault_id, None) is not None
            self._index()
            return found

    def clear_all(self) -> int:
        """Switch all off; answers how many there were."""
        with self._lock:
            cleared = len(self._by_id)
            self._by_id.clear()
            self._index()
            return cleared

    def strike(self, kind: str, subject: Subject, now: int) -> Strike | None:
        """The strike of the first fault of this kind that strikes on this occasion."""
        for active in self._by_kind.get(kind, ()):
            strike = self.ask(active, subject, now)
            if strike is not None:
                return strike
        return None

    def ask(self, active: ActiveFault, subject: Subject, now: int) -> Strike | None:
        """The strike of this very fault on this occasion, if it strikes."""
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


def _is_turn(number: int, every: int | None) -> bool:
    return number == 1 if every is None else (number - 1) % every == 0


def _strike(active: ActiveFault) -> Strike:
    fault, number = active.fault, active.strikes
    latency: Latency | None = fault.settings.get("delayMs")
    delay_ms = latency.sample(active.random, number) if latency else 0.0
    return Strike(active.id, fault, number, delay_ms / 1000)
