"""`$disconnect`: forget the connection. The gateway may never call this; 410s, sweeps and TTL do the rest."""

from __future__ import annotations

from typing import Any

from handlers.event import read_event
from infra import bootstrap
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.connections)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    request, details = read_event(event), event["requestContext"]
    try:
        bootstrap.connections().remove(request.user_id, request.connection_id)
    except Exception:
        log_failure("disconnect_failed", connectionId=request.connection_id, requestId=request.request_id)
        raise
    log(
        "disconnected",
        connectionId=request.connection_id,
        userId=request.user_id,
        code=details.get("disconnectStatusCode"),
        reason=details.get("disconnectReason"),
    )
    return {"statusCode": 200}
