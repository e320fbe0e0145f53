"""`$disconnect`: forget the connection. The gateway may never call this; 410s, sweeps and TTL do the rest."""

from __future__ import annotations

from typing import Any

from handlers import bootstrap
from handlers.gateway_event import read_event
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.connections)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    request, details = read_event(event), event["requestContext"]
    try:
        was_open = bootstrap.connections().remove(request.user_id, request.connection_id)
    except Exception:
        log_failure("disconnect_failed", **request.about)
        raise
    # What we closed ourselves has been counted, under our reason; these are the rest.
    counted = bootstrap.metrics().of(by="reason", ConnectionsClosed=1) if was_open else {}
    # Not `disconnectReason`: a client writes what it likes there, a part of a token for instance.
    code = details.get("disconnectStatusCode")
    log("disconnected", **request.about, code=code, reason=_reason(code), **counted)
    return {"statusCode": 200}


def _reason(code: int | None) -> str:
    """Who ended it. The gateway itself closes with 1001 what was idle for ten minutes, or is two hours old.

    A browser that leaves its page says 1001 too (RFC 6455, section 7.4.1), so the two are one reason.
    """
    return "went_away" if code == 1001 else "left"
