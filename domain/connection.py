"""A connection of a user: what is stored of it, and the rules that look at one or several."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GATEWAY_MAX_AGE_SECONDS = 7200  # API Gateway quotas: connection duration for WebSocket API
TTL_MARGIN_SECONDS = 600
HANDSHAKE_MS = 35_000  # 29 s integration time-out, and a margin: younger ones may not have their 101 yet
DUE_SHARDS = 16
CLOSE_RETRY_MS = 60_000
ACTIVITY_GRAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force, as told in `welcome`."""

    heartbeat_seconds: int = 120
    idle_timeout_seconds: int = 300
    warning_seconds: int = 120
    max_connection_seconds: int = 7080
    max_connections_per_user: int = 10


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
    warned_at: dict[str, int] = field(default_factory=dict)
    synced_at: int = 0
    closing: str | None = None

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


def new_connection(
    user_id: str,
    connection_id: str,
    *,
    connected_at: int,
    token_expires_at: int,
    limits: Limits,
    user_agent: str | None = None,
) -> Connection:
    """A connection as `$connect` stores it: seen and active just now, due for a look after one heartbeat."""
    return Connection(
        user_id=user_id,
        connection_id=connection_id,
        connected_at=connected_at,
        last_seen_at=connected_at,
        last_active_at=connected_at,
        token_expires_at=token_expires_at,
        due_at=connected_at + limits.heartbeat_seconds * 1000,
        expires_at=connected_at // 1000 + GATEWAY_MAX_AGE_SECONDS + TTL_MARGIN_SECONDS,
        user_agent=user_agent,
    )


def surplus(connections: Sequence[Connection], caller_id: str, cap: int, now: int) -> list[Connection]:
    """Which connections must close so that the user keeps to the cap, least recently active first.

    Never the caller's, never one that is still in its handshake: two tabs that open at the same instant must not
    close each other.
    """
    open_now = [one for one in connections if one.closing is None]
    evictable = [one for one in open_now if one.connection_id != caller_id and not one.is_in_handshake(now)]
    return sorted(evictable, key=lambda one: one.age_order)[: max(0, len(open_now) - cap)]


def replaced_by(newer: Connection, connections: Iterable[Connection], client_id: str) -> list[Connection]:
    """The older connections of the same page: those that the page's new connection makes superfluous."""
    return [
        one
        for one in connections
        if one.client_id == client_id
        and one.closing is None
        and (one.connected_at, one.connection_id) < (newer.connected_at, newer.connection_id)
    ]
