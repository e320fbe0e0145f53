"""The open connections by user, one page at a time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.connections import Connection
from local_emulator.inspector.description import user_of
from local_emulator.limits import Limits

PAGE = 50
ORDERS = ("user", "newest", "idle")


@dataclass(frozen=True, slots=True)
class Roster:
    """One page: its connections, and the counts of all that were found."""

    connections: list[Connection]
    open: int
    found: int
    pages: int
    page: int
    users: int
    of_user: Mapping[str, int]


def roster(connections: Iterable[Connection], find: str = "", order: str = "user", page: int = 0) -> Roster:
    """The page numbered from 0 of the connections whose id, user or address contain `find`.

    Order "user": by user, the oldest first; "newest"; "idle": the longest idle first.
    """
    everybody = list(connections)
    found = [one for one in everybody if _matches(one, find.lower())] if find else everybody
    found.sort(key=_KEYS.get(order, _by_user))
    counted = Counter(user_of(one.authorizer) or "" for one in found)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(0, page), pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    on_page = {user_of(one.authorizer) or "" for one in shown}
    of_user = {user: counted[user] for user in on_page}
    return Roster(shown, len(everybody), len(found), pages, page, len(counted), of_user)


def described(connection: Connection, limits: Limits) -> dict[str, Any]:
    """A connection as the gateway sees it; times in epoch milliseconds."""
    facts = connection.facts
    return {
        "id": facts.connection_id,
        "user": user_of(connection.authorizer),
        "api": connection.api.logical_id,
        "stage": facts.stage,
        "connectedAt": facts.connected_at,
        "lastActiveAt": connection.last_active_at,
        "sourceIp": facts.source_ip,
        "userAgent": facts.user_agent,
        "idleAt": connection.last_active_at + int(limits.idle_seconds * 1000),
        "tooOldAt": facts.connected_at + int(limits.max_age_seconds * 1000),
    }


def _by_user(connection: Connection) -> tuple[str, int, str]:
    return user_of(connection.authorizer) or "", connection.facts.connected_at, connection.id


_KEYS: Mapping[str, Any] = {
    "user": _by_user,
    "newest": lambda one: (-one.facts.connected_at, one.id),
    "idle": lambda one: (one.last_active_at, one.id),
}


def _matches(connection: Connection, wanted: str) -> bool:
    texts = (connection.id, user_of(connection.authorizer) or "", connection.facts.source_ip)
    return any(wanted in text.lower() for text in texts)
