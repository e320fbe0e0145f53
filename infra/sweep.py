"""Carries out what is due for connections: pings, warnings, closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from domain.connection import Connection, Limits, Step, next_step, surplus
from domain.protocol import CONNECTION_LIMIT, DISCONNECTS, INTERNAL, encode, ping, warning
from infra.batch_read import MOST_KEYS
from infra.closing import Closing
from infra.connections import ConnectionStore
from infra.due import DueConnections, DueKey
from infra.management import Delivery, ManagementApi
from infra.pace import Pace
from infra.telemetry import log_failure

WORKERS = 32
PING = encode(ping())

Clock = Callable[[], int]


class Sweep:
    """Looks at due connections, decides by the rules, claims each before acting, and counts what it did.

    Pings and warnings go out at most once, closes at least once: the claim is made before the act.
    """

    def __init__(
        self,
        due: DueConnections,
        connections: ConnectionStore,
        management: ManagementApi,
        closing: Closing,
        limits: Limits,
        pace: Pace,
    ) -> None:
        self._due = due
        self._connections = connections
        self._management = management
        self._closing = closing
        self._limits = limits
        self._pace = pace

    def run(self, keys: Iterable[DueKey], clock: Clock, may_go_on: Callable[[], bool]) -> Counter[str]:
        """Take the due connections in hundreds while `may_go_on`; what is left is due again next time."""
        counts: Counter[str] = Counter()
        remaining = iter(keys)
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="sweep") as workers:
            while may_go_on() and (some := list(islice(remaining, MOST_KEYS))):
                for done in workers.map(lambda one: self._try(one, clock, may_go_on), self._due.read(some)):
                    counts.update(done)
        return counts

    def _try(self, connection: Connection, clock: Clock, may_go_on: Callable[[], bool]) -> list[str]:
        """One connection that cannot be looked after costs the others nothing; it is due again, now or in a minute."""
        if not may_go_on():
            return ["left"]
        try:
            return self._look(connection, clock)
        except Exception:
            log_failure("look_failed", connectionId=connection.connection_id, userId=connection.user_id)
            return ["failed"]

    def _look(self, connection: Connection, clock: Clock) -> list[str]:
        """Decide, claim, act; if the row has changed meanwhile, decide anew once."""
        for _ in range(2):
            now = clock()
            if connection.due_at > now:
                return ["early"]
            step = next_step(connection, now, self._limits)
            changed = self._due.claim(connection, step, now)
            if changed is None:
                return list(self._act(connection, step, now))
            connection = changed
        return ["lost"]

    def _act(self, connection: Connection, step: Step, now: int) -> Iterator[str]:
        if step.close:
            self._pace.wait()
            # A newer release may have marked it for a reason that this one has no words for.
            finished = self._closing.finish(connection, DISCONNECTS.get(step.close, INTERNAL), now)
            yield f"closed:{step.close}" if finished else "unfinished"
            return
        if step.trim:
            yield from self._trim(connection, now)
        for reason, closes_at in step.warnings.items():
            if self._send(connection, encode(warning(reason, closes_at)), now) is Delivery.DELIVERED:
                yield f"warned:{reason}"
        if step.ping and self._send(connection, PING, now) is Delivery.DELIVERED:
            self._due.record_ping(connection, now)
            yield "pinged"
        if not step.warnings and not step.ping and not step.trim:
            yield "waiting"

    def _trim(self, connection: Connection, now: int) -> Iterator[str]:
        """Close what the user has above the cap, now that no handshake protects it."""
        theirs = self._connections.of_user(connection.user_id, now)
        for one in surplus(theirs, None, self._limits.max_connections_per_user, now):
            self._pace.wait()
            if self._closing.close(one, CONNECTION_LIMIT, now):
                yield f"closed:{CONNECTION_LIMIT.reason}"
        self._due.record_trim(connection)

    def _send(self, connection: Connection, message: bytes, now: int) -> Delivery:
        self._pace.wait()
        delivery = self._management.send(connection.connection_id, message)
        if delivery is Delivery.GONE and not connection.is_in_handshake(now):
            self._closing.forget_gone(connection)
        return delivery
