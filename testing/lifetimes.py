"""A connection's life as the rules see it: a row, a client, and sweeps that may come late, twice, or die half-way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import Step, new_connection, next_step

LIMITS = ConnectionLimits()
HOUR = 3600_000


class SweepDiedError(Exception):
    """The sweep ended here."""


@dataclass
class Life:
    """One connection and everything that was sent to it. Times in milliseconds from its start.

    `answers_after` is how long the client takes to answer a ping; None is a client that is dead.
    """

    answers_after: int | None = 100
    token_expires_at: int = 3 * HOUR
    limits: ConnectionLimits = LIMITS
    row: Connection = field(init=False)
    pings: list[int] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    disconnects: list[tuple[int, str]] = field(default_factory=list)
    removed_at: int | None = None
    pongs: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row = new_connection(
            "alice", "A=", connected_at=0, token_expires_at=self.token_expires_at, limits=self.limits
        )

    @property
    def is_over(self) -> bool:
        return self.removed_at is not None

    def speak(self, now: int, *, active: bool) -> None:
        """A message of the client; a row that is closing stays as it is."""
        self.settle(now)
        if self.row.closing is None and not self.is_over:
            seen = replace(self.row, last_seen_at=max(now, self.row.last_seen_at))
            self.row = replace(seen, last_active_at=now) if active else seen

    def refresh(self, now: int, expires_at: int) -> None:
        self.speak(now, active=True)
        self.row = replace(self.row, token_expires_at=max(expires_at, self.row.token_expires_at))

    def settle(self, now: int) -> None:
        """Lets the pongs arrive that were under way."""
        for at in [at for at in self.pongs if at <= now]:
            self.pongs.remove(at)
            if self.row.closing is None:
                self.row = replace(self.row, last_seen_at=max(at, self.row.last_seen_at))

    def sweep(self, now: int, *, dies_after: int = 99) -> None:
        """What one sweep does; it dies after that many of its steps."""
        self.settle(now)
        if not self.is_over and self.row.due_at <= now:
            self.carry_out(self.row, next_step(self.row, now, self.limits), now, dies_after=dies_after)

    def carry_out(self, read: Connection, step: Step, now: int, *, dies_after: int = 99) -> None:
        """Arm on condition that the row is as read, then act."""
        steps = iter(range(dies_after))
        try:
            self._arm(read, step, now, steps)
            if step.close:
                self._close(step.close, now, steps)
                return
            for reason in step.warnings:
                self._next(steps)
                self.warnings.append((now, reason))
            if step.ping:
                self._ping(now, steps)
        except SweepDiedError:
            return

    def _arm(self, read: Connection, step: Step, now: int, steps: object) -> None:
        self._next(steps)
        as_read = (read.due_at, read.last_seen_at, read.last_active_at, read.token_expires_at)
        as_is = (self.row.due_at, self.row.last_seen_at, self.row.last_active_at, self.row.token_expires_at)
        if as_read != as_is or self.is_over:
            raise SweepDiedError
        warned = self.row.warned_at | dict.fromkeys(step.warnings, now)
        self.row = replace(self.row, due_at=step.due_at, warned_at=warned, closing=step.close)

    def _close(self, reason: str, now: int, steps: object) -> None:
        self._next(steps)
        self.disconnects.append((now, reason))
        self._next(steps)
        self.removed_at = now

    def _ping(self, now: int, steps: object) -> None:
        self._next(steps)
        self.pings.append(now)
        if self.answers_after is not None:
            self.pongs.append(now + self.answers_after)
        self._next(steps)
        unheard = self.row.unheard_pings
        self.row = replace(self.row, pinged_at=now, unanswered_pings=unheard + 1)

    @staticmethod
    def _next(steps: object) -> None:
        if next(steps, None) is None:  # type: ignore[call-overload]
            raise SweepDiedError
