"""Finds due connections and claims each before it acts: pings, warnings, closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from application.sweep_actions import Claim, SweepActions
from domain.connection import Connection, ConnectionLimits
from domain.deadlines import next_step
from infra.dynamodb.batch_get import MAX_KEYS
from infra.dynamodb.due_index import DueIndex, DueKey
from infra.dynamodb.ping_log import LoggedPings, PingLog
from infra.telemetry import log_failure

WORKERS = 8  # more would wait for the one processor that the function has


class Sweep:
    """Decides by the rules what each due connection needs, claims it, acts and counts.

    Pings and warnings are sent at most once, closes at least once, because the claim comes before the action.
    """

    def __init__(self, due: DueIndex, notes: PingLog, actions: SweepActions, limits: ConnectionLimits) -> None:
        self._due = due
        self._notes = notes
        self._actions = actions
        self._limits = limits

    def run(self, keys: Iterable[DueKey], clock: Callable[[], int], may_go_on: Callable[[], bool]) -> Counter[str]:
        """Processes due connections in hundreds while `may_go_on`; the rest stays due for the next sweep."""
        counts: Counter[str] = Counter()
        remaining = iter(keys)
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="sweep") as workers:
            while may_go_on() and (some := list(islice(remaining, MAX_KEYS))):
                batch = SweepBatch(self._notes.new_name(), clock, may_go_on, workers)
                counts.update(self._take(some, batch))
        return counts

    def _take(self, keys: list[DueKey], batch: SweepBatch) -> Counter[str]:
        rows = self._due.read(keys)
        pinged = self._notes.about(rows)
        looks = list(batch.workers.map(lambda one: self._try(one, pinged, batch), rows))
        claimed = [look for look in looks if isinstance(look, Claim)]
        counts = Counter(look for look in looks if isinstance(look, str))
        counts.update(self._actions.carry_out(claimed, batch.note, batch.workers))
        return counts

    def _try(self, connection: Connection, pinged: LoggedPings, batch: SweepBatch) -> Claim | str:
        """Returns the claim or a word for the counts; a connection that fails stays due, now or in a minute."""
        if not batch.may_go_on():
            return "left"
        try:
            return self._look(connection, pinged, batch)
        except Exception:
            log_failure("look_failed", connectionId=connection.connection_id, userId=connection.user_id)
            return "failed"

    def _look(self, connection: Connection, pinged: LoggedPings, batch: SweepBatch) -> Claim | str:
        """Decides and claims; decides once more if the row has changed meanwhile."""
        for _ in range(2):
            now, connection = batch.clock(), pinged.settle(connection)
            if connection.due_at > now:
                return "early"
            step = next_step(connection, now, self._limits)
            changed = self._due.claim(connection, step, now, batch.note)
            if changed is None:
                return Claim(connection, step, now)
            connection = changed
        return "lost"


class SweepBatch(NamedTuple):
    """A hundred connections that are processed together. `note` is the key of their pings in the log of pings."""

    note: str
    clock: Callable[[], int]
    may_go_on: Callable[[], bool]
    workers: ThreadPoolExecutor
