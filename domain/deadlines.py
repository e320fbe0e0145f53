"""The deadlines of a connection: heartbeat, idle time, token and age, and the next step of a sweep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.connection import HANDSHAKE_MS, Connection, ConnectionLimits

GATEWAY_MAX_AGE_SECONDS = 7200  # API Gateway quotas: connection duration for WebSocket API
TTL_MARGIN_SECONDS = 600
CLOSE_RETRY_MS = 60_000
PONG_WAIT_MS = 60_000  # one sweep interval: a ping not answered by then counts as unanswered
MAX_UNANSWERED_PINGS = 2
GRACE_MS = 60_000  # between a warning and its close, however late the warning was


def new_connection(
    user_id: str,
    connection_id: str,
    *,
    connected_at: int,
    token_expires_at: int,
    limits: ConnectionLimits,
    user_agent: str | None = None,
) -> Connection:
    """Returns a connection as `$connect` stores it: seen and active now, due at its first step.

    It is never due before its handshake is over, because nothing can be sent to it earlier.
    """
    made = Connection(
        user_id=user_id,
        connection_id=connection_id,
        connected_at=connected_at,
        last_seen_at=connected_at,
        last_active_at=connected_at,
        token_expires_at=token_expires_at,
        due_at=connected_at,
        expires_at=connected_at // 1000 + GATEWAY_MAX_AGE_SECONDS + TTL_MARGIN_SECONDS,
        user_agent=user_agent,
    )
    looks = [one.next_look for one in _deadlines(made, limits)]
    first = min(*looks, connected_at + limits.heartbeat_seconds * 1000)
    return replace(made, due_at=max(first, connected_at + HANDSHAKE_MS))


@dataclass(frozen=True, slots=True)
class Step:
    """The work of a sweep on one connection, and when the connection is due again (`due_at`).

    `close` is the reason of a close, which excludes all other work. `warnings` has the reasons to warn of, each with
    the time of its close. `ping` asks for a sign of life, `trim` for the limit of connections of its user.
    """

    due_at: int
    close: str | None = None
    warnings: dict[str, int] = field(default_factory=dict)
    ping: bool = False
    trim: bool = False

    @property
    def only_waits(self) -> bool:
        """Returns True if the step has no work."""
        return not (self.close or self.warnings or self.ping or self.trim)


def next_step(connection: Connection, now: int, limits: ConnectionLimits) -> Step:
    """Returns the step that is due for a connection at `now`.

    An expired token and unanswered pings close at once. Idle and age close at their deadline or a minute after their
    warning, whichever is later, and never without one. A close that was not finished begins again.
    """
    deadlines = _deadlines(connection, limits)
    reason = connection.closing or _close_reason(connection, deadlines, now)
    if reason is not None:
        return Step(now + CLOSE_RETRY_MS, close=reason)
    warnings = {one.reason: max(one.close_at, now + one.grace) for one in deadlines if one.is_to_be_warned(now)}
    ping = _wants_ping(connection, now, limits)
    looks = [warnings.get(one.reason, one.next_look) for one in deadlines]
    looks.append(_pong_look(connection, now, limits, ping))
    if connection.crowded:
        looks.append(now + CLOSE_RETRY_MS)
    return Step(max(now + 1, min(looks)), None, warnings, ping, connection.crowded)


class Deadline(NamedTuple):
    """A close with a warning. `warned` is True once the warning of this episode was sent."""

    reason: str
    close_reason: str
    warn_at: int
    close_at: int
    grace: int
    warned: bool

    @property
    def next_look(self) -> int:
        return self.close_at if self.warned else self.warn_at

    def is_to_be_warned(self, now: int) -> bool:
        return not self.warned and now >= self.warn_at


def _deadlines(connection: Connection, limits: ConnectionLimits) -> tuple[Deadline, ...]:
    lead, age_lead = limits.warning_seconds * 1000, limits.max_connection_warning_seconds * 1000
    idle_at = connection.last_active_at + limits.idle_timeout_seconds * 1000
    age_at = connection.connected_at + limits.max_connection_seconds * 1000
    expires_at = connection.token_expires_at
    return (
        _deadline(connection, "idle", "idle_timeout", idle_at - lead, idle_at, GRACE_MS),
        _deadline(connection, "token_expiring", "token_expired", expires_at - lead, expires_at, 0),
        _deadline(connection, "max_duration", "max_duration", age_at - age_lead, age_at, GRACE_MS),
    )


def _deadline(
    connection: Connection, reason: str, close_reason: str, warn_at: int, close_at: int, grace: int
) -> Deadline:
    """Returns the deadline. Activity and refreshes move `warn_at`, so an earlier warning belongs to a past episode."""
    warned_at = connection.warned_at.get(reason)
    if warned_at is None or warned_at < warn_at:
        return Deadline(reason, close_reason, warn_at, close_at, grace, False)
    return Deadline(reason, close_reason, warn_at, max(close_at, warned_at + grace), grace, True)


def _close_reason(connection: Connection, deadlines: Iterable[Deadline], now: int) -> str | None:
    if connection.is_expired(now):
        return "token_expired"
    if connection.unheard_pings >= MAX_UNANSWERED_PINGS and not _may_still_answer(connection, now):
        return "no_pong"
    return next((one.close_reason for one in deadlines if one.warned and now >= one.close_at), None)


def _may_still_answer(connection: Connection, now: int) -> bool:
    return connection.pinged_at is not None and now - connection.pinged_at < PONG_WAIT_MS


def _wants_ping(connection: Connection, now: int, limits: ConnectionLimits) -> bool:
    quiet = now - connection.last_seen_at >= limits.heartbeat_seconds * 1000
    return quiet and not (connection.unheard_pings and _may_still_answer(connection, now))


def _pong_look(connection: Connection, now: int, limits: ConnectionLimits, ping: bool) -> int:
    if ping:
        return now + PONG_WAIT_MS
    if connection.unheard_pings and connection.pinged_at is not None:
        return connection.pinged_at + PONG_WAIT_MS
    return connection.last_seen_at + limits.heartbeat_seconds * 1000
