"""Reads the events of the gateway."""

from __future__ import annotations

import time
from typing import Any, NamedTuple


class GatewayEvent(NamedTuple):
    """The parts of an event's `requestContext` that functions use; the authorizer's context is in every later event."""

    connection_id: str
    request_id: str
    user_id: str
    token_expires_at: int
    connected_at: int
    route: str

    @property
    def about(self) -> dict[str, str]:
        """The fields of the event for the log. The runtime adds `requestId`, Lambda's own id of the call."""
        return {
            "route": self.route,
            "connectionId": self.connection_id,
            "userId": self.user_id,
            "gatewayRequestId": self.request_id,
        }


def read_event(event: dict[str, Any]) -> GatewayEvent:
    """Returns the connection that an event of a WebSocket route is about."""
    context = event["requestContext"]
    return GatewayEvent(
        connection_id=context["connectionId"],
        request_id=context["requestId"],
        user_id=context["authorizer"]["userId"],
        token_expires_at=int(context["authorizer"]["tokenExpiresAt"]),
        connected_at=int(context["connectedAt"]),
        route=context["routeKey"],
    )


def now_ms() -> int:
    """Returns the epoch time in milliseconds."""
    return int(time.time() * 1000)
