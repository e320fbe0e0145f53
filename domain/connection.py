"""A connection of a user: what is stored of it, and the rules that look at one or several."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

GATEWAY_MAX_AGE_SECONDS = 7200  # API Gateway quotas: connection duration for WebSocket API
TTL_MARGIN_SECONDS = 600
HANDSHAKE_MS = 35_000  # 29 s integration time-out, and a margin: younger ones may not have their 101 yet
DUE_SHARDS = 16
CLOSE_RETRY_MS = 60_000
PONG_WAIT_MS = 60_000  # one sweep interval: a ping not answered by then counts as unanswered
MOST_UNANSWERED_PINGS = 2
FLOOD_PATIENCE = 10  # messages above the rate that are answered with an error before the connection is closed
MOST_MALFORMED = 3
MALFORMED_WINDOW_MS = 60_000
GRACE_MS = 60_000  # between a warning and its close, however late the warning was
ACTIVITY_GRAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force, as told in `welcome`.

    Messages of a client: `messages_per_10_seconds` for ever, `messages_burst` at once.
    """

    heartbeat_seconds: int = 120
    idle_timeout_seconds: int = 300
    warning_seconds: int = 120
    max_connection_seconds: int = 7080
    max_connection_warning_seconds: int = 480
    max_connections_per_user: int = 10
    messages_burst: int = 20
    messages_per_10_seconds: int = 10

    @property
    def burst_refill_ms(self) -> int:
        """How long a burst takes to come back: within so long no more than a burst is honoured."""
        return self.messages_burst * 10_000 // self.messages_per_10_seconds


@dataclass(frozen=True, slots=True)
class Connection:
    """One open connection of a user; times in epoch milliseconds, `expires_at` in epoch seconds (TTL)."""

    user_id: str
    connection_id: str
    connected_at: int
    last_seen_at: int
    last_active_at: int
    token_expires_at: int
    due_at: int
    expires_at: int
    client_id: str | None = None
    user_agent: str | None = None
    pinged_at: int | None = None
    unanswered_pings: int = 0
    ping_begun_at: int | None = None
    ping_note: str | None = None
    warned_at: dict[str, int] = field(default_factory=dict)
    synced_at: int = 0
    greeted_at: int = 0
    heard_at: tuple[int, ...] = ()
    malformed_at: tuple[int, ...] = ()
    closing: str | None = None
    crowded: bool = False

    @property
    def unheard_pings(self) -> int:
        """Pings on record as sent since anything was heard; `pinged_at` is the moment before the last one's post."""
        if self.pinged_at is None or self.last_seen_at >= self.pinged_at:
            return 0
        return self.unanswered_pings

    @property
    def awaits_word_of_ping(self) -> bool:
        """Whether it matters if the last ping was sent: nothing was heard since, and no record says so yet."""
        return self.ping_begun_at is not None and max(self.last_seen_at, self.pinged_at or 0) < self.ping_begun_at

    def with_ping_on_record(self) -> Connection:
        """The last ping's post is done: from now on its silence counts."""
        return replace(self, pinged_at=self.ping_begun_at, unanswered_pings=self.unheard_pings + 1)

    def is_flooding(self, now: int, limits: Limits) -> bool:
        """Whether one more message at `now` is above the rate: more than a burst in the time that it refills in."""
        return _counted_since(self.heard_at, now - limits.burst_refill_ms) >= limits.messages_burst

    def is_beyond_patience(self, now: int, limits: Limits) -> bool:
        """Whether it went on flooding although it was told."""
        told = limits.messages_burst + FLOOD_PATIENCE
        return _counted_since(self.heard_at, now - limits.burst_refill_ms) >= told

    def keeps_being_malformed(self, now: int) -> bool:
        """Whether a malformed message at `now` is the third within a minute."""
        return _counted_since(self.malformed_at, now - MALFORMED_WINDOW_MS) >= MOST_MALFORMED - 1

    @property
    def due_shard(self) -> int:
        return zlib.crc32(self.connection_id.encode()) % DUE_SHARDS

    @property
    def age_order(self) -> tuple[int, int, str]:
        """The total order in which connections give way when a user has too many."""
        return (self.last_active_at, self.connected_at, self.connection_id)

    def is_expired(self, now: int) -> bool:
        return self.token_expires_at <= now

    def is_reachable(self, now: int) -> bool:
        """Whether anything may be sent to it: it is not closing and its token has not run out."""
        return self.closing is None and not self.is_expired(now)

    def is_in_handshake(self, now: int) -> bool:
        """Whether the gateway may still be waiting for `$connect`, so that a 410 does not mean gone."""
        return now - self.connected_at < HANDSHAKE_MS

    def wants_activity(self, now: int) -> bool:
        """Whether progress delivered at `now` should be written down as activity."""
        return now - self.last_active_at > ACTIVITY_GRAIN_MS


def _counted_since(moments: Iterable[int], since: int) -> int:
    return sum(moment > since for moment in moments)


def new_connection(
    user_id: str,
    connection_id: str,
    *,
    connected_at: int,
    token_expires_at: int,
    limits: Limits,
    user_agent: str | None = None,
) -> Connection:
    """A connection as `$connect` stores it: seen and active just now, due when there is first something to do.

    That is no earlier than its handshake is surely over: before, nothing can be said to it.
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


def surplus(connections: Sequence[Connection], caller_id: str | None, cap: int, now: int) -> list[Connection]:
    """Returns the connections that must close so that the user keeps to the cap, least recently active first.

    A row that is closing counts until it is gone, since its client may keep it open by reading nothing; it goes first.
    Never the caller's, never one that is still in its handshake: two tabs that open at the same instant must not
    close each other. Those that stay for that reason alone are trimmed by a sweep, which is no caller (None).
    """
    evictable = [one for one in connections if one.connection_id != caller_id and not one.is_in_handshake(now)]
    ordered = sorted(evictable, key=lambda one: (one.closing is None, one.age_order))
    return ordered[: max(0, len(connections) - cap)]


def replaced_by(newer: Connection, connections: Iterable[Connection], client_id: str) -> list[Connection]:
    """The older connections of the same page: those that the page's new connection makes superfluous."""
    return [
        one
        for one in connections
        if one.client_id == client_id
        and one.closing is None
        and (one.connected_at, one.connection_id) < (newer.connected_at, newer.connection_id)
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """What a sweep does about a connection now, and when it looks at it again (`due_at`).

    `close` is the reason of a close; with one there is nothing else to do. `warnings` are the reasons to warn of,
    each with the moment it warns of; `ping` asks for a sign of life; `trim` asks to keep its user to the cap.
    """

    due_at: int
    close: str | None = None
    warnings: dict[str, int] = field(default_factory=dict)
    ping: bool = False
    trim: bool = False

    @property
    def only_waits(self) -> bool:
        """Whether there is nothing to do but to look again."""
        return not (self.close or self.warnings or self.ping or self.trim)


def next_step(connection: Connection, now: int, limits: Limits) -> Step:
    """What is due for a connection at `now`.

    An expired token and unanswered pings close at once. Idle and age close at their deadline or a minute after their
    warning, whichever is later, and never without one. A close that was begun and not finished is begun again.
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


@dataclass(frozen=True, slots=True)
class Deadline:
    """A close that is warned of. `warned` says whether the warning of this episode has been given."""

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


def _deadlines(connection: Connection, limits: Limits) -> tuple[Deadline, ...]:
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
    """Activity and refreshes move `warn_at`: a warning from before it belongs to an episode that is over."""
    warned_at = connection.warned_at.get(reason)
    if warned_at is None or warned_at < warn_at:
        return Deadline(reason, close_reason, warn_at, close_at, grace, False)
    return Deadline(reason, close_reason, warn_at, max(close_at, warned_at + grace), grace, True)


def _close_reason(connection: Connection, deadlines: Iterable[Deadline], now: int) -> str | None:
    if connection.is_expired(now):
        return "token_expired"
    if connection.unheard_pings >= MOST_UNANSWERED_PINGS and not _may_still_answer(connection, now):
        return "no_pong"
    return next((one.close_reason for one in deadlines if one.warned and now >= one.close_at), None)


def _may_still_answer(connection: Connection, now: int) -> bool:
    return connection.pinged_at is not None and now - connection.pinged_at < PONG_WAIT_MS


def _wants_ping(connection: Connection, now: int, limits: Limits) -> bool:
    quiet = now - connection.last_seen_at >= limits.heartbeat_seconds * 1000
    return quiet and not (connection.unheard_pings and _may_still_answer(connection, now))


def _pong_look(connection: Connection, now: int, limits: Limits, ping: bool) -> int:
    if ping:
        return now + PONG_WAIT_MS
    if connection.unheard_pings and connection.pinged_at is not None:
        return connection.pinged_at + PONG_WAIT_MS
    return connection.last_seen_at + limits.heartbeat_seconds * 1000
