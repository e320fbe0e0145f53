"""What `$default` does for each action that a client may name."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from domain.action import Action
from domain.connection import Connection, replaced_by
from domain.protocol import (
    FORBIDDEN,
    REPLACED,
    SYNC_INTERVAL_MS,
    Refused,
    ack,
    encode,
    pong,
    refreshed,
    snapshot,
    welcome,
)
from domain.token_errors import InvalidToken, KeysUnavailable
from handlers import bootstrap
from handlers.gateway_event import GatewayEvent
from infra.gateway.management_api import Delivery
from infra.telemetry import log

Message = dict[str, Any]


def hello(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    """Sends `welcome` and `snapshot`, and only then closes older connections of the same page."""
    _keep_to_pace(action, connection.greeted_at, now)
    theirs = bootstrap.connections().of_user(request.user_id, now)
    active = sum(one.is_reachable(now) for one in theirs)
    terms = welcome(connection, bootstrap.limits(), active, action.id)
    if _send(connection, [terms, *_snapshot(request, action, now)], now) and action.client_id:
        bootstrap.closing().close_all(replaced_by(connection, theirs, action.client_id), REPLACED, now)


def sync(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    """Sends `snapshot`."""
    _keep_to_pace(action, connection.synced_at, now)
    _send(connection, _snapshot(request, action, now), now)


def refresh(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    """Go on with a later token of the same user, without a new connection. Another user's token ends this one."""
    try:
        verified = bootstrap.tokens().verify(action.token or "", now / 1000)
    except KeysUnavailable:
        raise
    except InvalidToken as invalid:
        log("refresh_refused", **request.about, reason=invalid.reason, **invalid.evidence)
        raise Refused(4400, "bad_request", f"token: {invalid.reason}", id=action.id) from None
    if verified.user_id != request.user_id:
        bootstrap.closing().close(connection, FORBIDDEN, now)
        return
    known = bootstrap.connections().extend(connection, verified.expires_at)
    if known is None or known.closing:
        return  # it was closed meanwhile, and told why
    if known.token_expires_at > verified.expires_at:
        raise Refused(4400, "bad_request", "token: must not expire before the present one", id=action.id)
    _send(connection, [refreshed(verified.expires_at, action.id)], now)


def ping(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    _send(connection, [pong(action.id)], now)


def pong_received(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    """The sign of life was recorded; there is nothing to say."""


def keepalive(request: GatewayEvent, connection: Connection, action: Action, now: int) -> None:
    _send(connection, [ack(action.id)], now)


ANSWERS: dict[str, Callable[[GatewayEvent, Connection, Action, int], None]] = {
    "hello": hello,
    "sync": sync,
    "ping": ping,
    "pong": pong_received,
    "keepalive": keepalive,
    "refresh": refresh,
}


def _keep_to_pace(action: Action, asked_at: int, now: int) -> None:
    """A snapshot can cost dozens of sends, so each action gets one at most every five seconds.

    A client that asks again too early starts the wait anew. Raises Refused (4429).
    """
    if now - asked_at < SYNC_INTERVAL_MS:
        wait = f"{action.name}: at most once in {SYNC_INTERVAL_MS // 1000} s"
        raise Refused(4429, "rate_limited", wait, id=action.id, retry_after_ms=SYNC_INTERVAL_MS)


def _snapshot(request: GatewayEvent, action: Action, now: int) -> list[Message]:
    uploads = bootstrap.uploads().of_user(request.user_id)
    return snapshot(request.user_id, uploads, secrets.token_hex(8), now, action.id)


def _send(connection: Connection, messages: Iterable[Message], now: int) -> bool:
    """Send them in turn, up to the first that does not arrive; False then. A connection that is gone is forgotten."""
    for message in messages:
        delivery = bootstrap.management().send(connection.connection_id, encode(message))
        if delivery is Delivery.GONE and not connection.is_in_handshake(now):
            bootstrap.closing().forget_gone(connection)
        if delivery is not Delivery.DELIVERED:
            return False
    return True
