"""Finds what is due for connections, and claims it before anything is done: pings, warnings, closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from application.sweep_actions import Claim, SweepActions
from domain.connection import Connection, ConnectionLimits
from domain.deadlines import next_step
from infra.dynamodb.batch_get import MAX_KEYS
from infra.dynamodb.due_index import DueIndex, DueKey
from infra.dynamodb.ping_log import LoggedPings, PingLog
from infra.telemetry import log_failure

WORKERS = 32

Clock = Callable[[], int]


class Sweep:
    """Looks at due connections, decides by the rules, claims each before acting, and counts what it did.

    Pings and warnings go out at most once, closes at least once: the claim is made before the act.
    """

    def __init__(self, due: DueIndex, notes: PingLog, actions: SweepActions, limits: ConnectionLimits) -> None:
        self._due = due
        self._notes = notes
        self._actions = actions
        self._limits = limits

    def run(self, keys: Iterable[DueKey], clock: Clock, may_go_on: Callable[[], bool]) -> Counter[str]:
        """Take the due connections in hundreds while `may_go_on`; what is left is due again next time."""
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
        """One connection that cannot be looked after costs the others nothing; it is due again, now or in a minute."""
        if not batch.may_go_on():
            return "left"
        try:
            return self._look(connection, pinged, batch)
        except Exception:
            log_failure("look_failed", connectionId=connection.connection_id, userId=connection.user_id)
            return "failed"

    def _look(self, connection: Connection, pinged: LoggedPings, batch: SweepBatch) -> Claim | str:
        """Decide and claim; if the row has changed meanwhile, decide anew once."""
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


@dataclass(frozen=True, slots=True)
class SweepBatch:
    """A hundred connections that are taken together. `note` is where their pings will be on record."""

    note: str
    clock: Clock
    may_go_on: Callable[[], bool]
    workers: ThreadPoolExecutor
