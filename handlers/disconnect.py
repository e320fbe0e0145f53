"""`$disconnect`: deletes the row. The gateway may never call it; then a 410, a sweep or the TTL deletes the row."""

from __future__ import annotations

from typing import Any

from handlers import bootstrap
from handlers.gateway_event import read_event
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.connections)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Removes the connection that API Gateway says is closed, on the route `$disconnect`."""
    request, details = read_event(event), event["requestContext"]
    try:
        was_open = bootstrap.connections().remove(request.user_id, request.connection_id)
    except Exception:
        log_failure("disconnect_failed", **request.about)
        raise
    # Closes by the server have been counted already, under their reason.
    counted = bootstrap.metrics().of(by="reason", ConnectionsClosed=1) if was_open else {}
    # Not `disconnectReason`: a client can write anything there, such as a part of a token.
    code = details.get("disconnectStatusCode")
    log("disconnected", **request.about, code=code, reason=_reason(code), **counted)
    return {"statusCode": 200}


def _reason(code: int | None) -> str:
    """Returns the reason of the close, by its code.

    The gateway closes with 1001 after ten idle minutes or two hours. A browser that leaves its page sends 1001 too
    (RFC 6455, section 7.4.1), so both are one reason.
    """
    return "went_away" if code == 1001 else "left"
