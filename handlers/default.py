"""`$default`: answer what a client says. Answers go through the management API; the return value reaches nobody."""

from __future__ import annotations

from typing import Any

from application.client_actions import ANSWERS
from domain.action import Action, parse_action
from domain.connection import Connection, Limits
from domain.protocol import (
    BAD_REQUEST,
    RATE_LIMITED,
    TOKEN_EXPIRED,
    UNKNOWN_CONNECTION,
    Disconnect,
    Refused,
    encode,
    error,
)
from handlers import bootstrap
from handlers.gateway_event import GatewayEvent, now_ms, read_event
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.connections, bootstrap.uploads, bootstrap.closing)


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    request = read_event(event)
    action, refused = _parse(event.get("body"))
    try:
        _answer(request, action, refused)
    except Refused as why:
        counted = bootstrap.metrics().of(by="reason", MessagesRefused=1)
        log("message_refused", **request.about, reason=why.name, **counted)
        _tell(request, why)
    except Exception:
        # The client learns that something failed and under which id to ask about it; the log has the cause.
        log_failure("message_failed", **request.about, **bootstrap.metrics().of(MessagesFailed=1))
        id = action.id if action else refused.id if refused else None
        _tell(request, Refused(4500, "internal", "Something went wrong on our side.", id=id))
    return {"statusCode": 200}


def _answer(request: GatewayEvent, action: Action | None, refused: Refused | None) -> None:
    """One write for every message, honoured or not: it records the sign of life and says who is speaking."""
    now, limits = now_ms(), bootstrap.limits()
    connection = bootstrap.connections().touch(
        request.user_id,
        request.connection_id,
        now,
        active=action.is_activity if action else False,
        syncs=action.name == "sync" if action else False,
        greets=action.name == "hello" if action else False,
        malformed=_is_malformed(refused),
        client_id=action.client_id if action else None,
    )
    if connection is None:
        bootstrap.closing().turn_away(request.connection_id, UNKNOWN_CONNECTION)
    elif connection.closing:
        log("message_ignored", **request.about, reason=connection.closing)
    elif why := _reason_to_close(connection, refused, now, limits):
        bootstrap.closing().close(connection, why, now)
    elif connection.is_flooding(now, limits):
        wait = limits.burst_refill_ms // limits.messages_burst
        raise Refused(4429, "rate_limited", "Too many messages.", id=action and action.id, retry_after_ms=wait)
    elif refused:
        raise refused
    elif action:
        ANSWERS[action.name](request, connection, action, now)


def _reason_to_close(connection: Connection, refused: Refused | None, now: int, limits: Limits) -> Disconnect | None:
    """`connection` is as it was before this message; what a client does too often ends in a close."""
    if connection.is_expired(now):
        return TOKEN_EXPIRED
    if connection.is_beyond_patience(now, limits):
        return RATE_LIMITED
    if _is_malformed(refused) and connection.keeps_being_malformed(now):
        return BAD_REQUEST
    return None


def _is_malformed(refused: Refused | None) -> bool:
    """An unknown action or one that is too long is a mistake of versions, not a broken client."""
    return refused is not None and refused.code == BAD_REQUEST.code


def _parse(body: str | None) -> tuple[Action | None, Refused | None]:
    try:
        return parse_action(body), None
    except Refused as refused:
        return None, refused


def _tell(request: GatewayEvent, refused: Refused) -> None:
    bootstrap.management().send(request.connection_id, encode(error(refused, request.request_id)))
