"""A connection of a user: its stored state, and the rules for one or several connections."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

HANDSHAKE_MS = 35_000  # 29 s integration time-out and a margin: younger connections may not have their 101 yet
DUE_SHARDS = 16
MAX_FLOOD_ERRORS = 10  # messages above the rate that get an error before the connection is closed
MAX_MALFORMED = 3
MALFORMED_WINDOW_MS = 60_000
ACTIVITY_GRAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits in force, as `welcome` holds them.

    A client may send `messages_per_10_seconds` continuously and `messages_burst` at once.
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
        """The time in ms for an empty token bucket to refill."""
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
        """The number of logged pings since the last sign of life; `pinged_at` is just before the last one was sent."""
        if self.pinged_at is None or self.last_seen_at >= self.pinged_at:
            return 0
        return self.unanswered_pings

    @property
    def awaits_ping_record(self) -> bool:
        """Returns True if the last ping has no log entry yet and no sign of life followed it."""
        return self.ping_begun_at is not None and max(self.last_seen_at, self.pinged_at or 0) < self.ping_begun_at

    def with_ping_on_record(self) -> Connection:
        """Returns the connection with its last ping counted as sent."""
        return replace(self, pinged_at=self.ping_begun_at, unanswered_pings=self.unheard_pings + 1)

    def is_flooding(self, now: int, limits: ConnectionLimits, errors: int = 0) -> bool:
        """Returns True if one more message exceeds the rate, after `errors` messages that exceeded it.

        The rate is a burst within its refill time.
        """
        return _counted_since(self.heard_at, now - limits.burst_refill_ms) >= limits.messages_burst + errors

    def keeps_being_malformed(self, now: int) -> bool:
        """Returns True if a malformed message at `now` is the third within a minute."""
        return _counted_since(self.malformed_at, now - MALFORMED_WINDOW_MS) >= MAX_MALFORMED - 1

    @property
    def due_shard(self) -> int:
        return zlib.crc32(self.connection_id.encode()) % DUE_SHARDS

    @property
    def age_order(self) -> tuple[int, int, str]:
        """The total order in which connections are closed when a user has too many."""
        return (self.last_active_at, self.connected_at, self.connection_id)

    def is_expired(self, now: int) -> bool:
        return self.token_expires_at <= now

    def is_reachable(self, now: int) -> bool:
        """Returns True if messages may be sent to it: it is not closing and its token has not expired."""
        return self.closing is None and not self.is_expired(now)

    def is_in_handshake(self, now: int) -> bool:
        """Returns True if `$connect` may still be running, so that a 410 does not mean gone."""
        return now - self.connected_at < HANDSHAKE_MS

    def wants_activity(self, now: int) -> bool:
        """Returns True if a message delivered at `now` should be recorded as activity."""
        return now - self.last_active_at > ACTIVITY_GRAIN_MS


def _counted_since(moments: Iterable[int], since: int) -> int:
    return sum(moment > since for moment in moments)


def surplus(connections: Sequence[Connection], caller_id: str | None, cap: int, now: int) -> list[Connection]:
    """Returns the connections to close so that the user keeps to the limit, least recently active first.

    A row that is closing counts until it is deleted, since a client that reads nothing stays open; it comes first.
    The caller's connection and those still in their handshake stay: two tabs that open at the same instant must not
    close each other. A sweep, which has no caller (None), closes the connections that stayed for that reason.
    """
    evictable = [one for one in connections if one.connection_id != caller_id and not one.is_in_handshake(now)]
    ordered = sorted(evictable, key=lambda one: (one.closing is None, one.age_order))
    return ordered[: max(0, len(connections) - cap)]


def replaced_by(newer: Connection, connections: Iterable[Connection], client_id: str) -> list[Connection]:
    """Returns the older connections of the same page, which its new connection replaces."""
    return [
        one
        for one in connections
        if one.client_id == client_id
        and one.closing is None
        and (one.connected_at, one.connection_id) < (newer.connected_at, newer.connection_id)
    ]
