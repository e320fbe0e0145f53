"""`$default`: answers a client's message through the management API; the gateway ignores the return value."""

from __future__ import annotations

from typing import Any

from application.client_message import ClientMessage
from domain.action import Action, parse_action
from domain.protocol import MessageRefusedError, encode, error
from handlers import bootstrap
from handlers.gateway_event import GatewayEvent, now_ms, read_event
from handlers.remaining_time import seconds_left
from infra.telemetry import log, log_failure

SPARE_MS = 5_000  # for the answer, after a report was sent to the other connections

bootstrap.build_early(bootstrap.client_actions)


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers a message of a client, on the route `$default`."""
    request = read_event(event)
    action, refused = _parse(event.get("body"))
    left = seconds_left(context, SPARE_MS)
    message = ClientMessage(request.user_id, request.connection_id, request.about, action, refused, left)
    try:
        bootstrap.client_actions().answer(message, now_ms())
    except MessageRefusedError as why:
        counted = bootstrap.metrics().of(by="reason", MessagesRefused=1)
        log("message_refused", **request.about, reason=why.name, **counted)
        _send_error(request, why)
    except Exception:
        # The client gets the id of the request that failed; the log has the cause.
        log_failure("message_failed", **request.about, **bootstrap.metrics().of(MessagesFailed=1))
        id = action.id if action else refused.id if refused else None
        _send_error(request, MessageRefusedError(4500, "internal", "Something went wrong on our side.", id=id))
    return {"statusCode": 200}


def _parse(body: str | None) -> tuple[Action | None, MessageRefusedError | None]:
    try:
        return parse_action(body), None
    except MessageRefusedError as refused:
        return None, refused


def _send_error(request: GatewayEvent, refused: MessageRefusedError) -> None:
    bootstrap.management().send(request.connection_id, encode(error(refused, request.request_id)))
