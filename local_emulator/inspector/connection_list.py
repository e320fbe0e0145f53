"""The open connections by user, in pages. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.inspector.record_view import user_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """One page of connections, with the counts of all that were found."""

    connections: list[WebSocketConnection]
    open: int
    found: int
    pages: int
    page: int
    users: int
    of_user: Mapping[str, int]


def connection_page(
    connections: Iterable[WebSocketConnection], find: str = "", order: str = "user", page: int = 0
) -> ConnectionPage:
    """Returns the page numbered from 0 of the connections whose id, user or address contain `find`.

    Order "user": by user, the oldest first; "newest"; "idle": the longest idle first.
    """
    entries = [(user_of(one.authorizer) or "", one) for one in connections]
    found = [entry for entry in entries if _matches(entry, find.lower())] if find else list(entries)
    found.sort(key=_KEYS.get(order, _by_user))
    counted = Counter(user for user, _ in found)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(0, page), pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    of_user = {user: counted[user] for user, _ in shown}
    on_page = [connection for _, connection in shown]
    return ConnectionPage(on_page, len(entries), len(found), pages, page, len(counted), of_user)


def described(connection: WebSocketConnection, limits: GatewayLimits) -> dict[str, Any]:
    """Returns a connection in JSON; times in epoch milliseconds."""
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


Entry = tuple[str, WebSocketConnection]


def _by_user(entry: Entry) -> tuple[str, int, str]:
    facts = entry[1].facts
    return entry[0], facts.connected_at, facts.connection_id


_KEYS: Mapping[str, Callable[[Entry], Any]] = {
    "user": _by_user,
    "newest": lambda entry: (-entry[1].facts.connected_at, entry[1].id),
    "idle": lambda entry: (entry[1].last_active_at, entry[1].id),
}


def _matches(entry: Entry, wanted: str) -> bool:
    user, connection = entry
    return any(wanted in text.lower() for text in (connection.id, user, connection.facts.source_ip))
