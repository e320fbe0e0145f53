"""Faults of `@connections` calls: latency and the gateway's own errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from local_emulator.apigateway import errors
from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.apigateway.faults.subject import of_connection
from local_emulator.faults.registry import FaultRegistry, Strike
from local_emulator.web.errors import RefusedRequestError

# The answers of the service model of ApiGatewayManagementApi, and of any AWS service that fails.
REFUSALS: dict[int, Callable[[], RefusedRequestError]] = {
    403: errors.forbidden,
    410: errors.gone,
    413: errors.payload_too_large,
    429: errors.limit_exceeded,
    500: errors.internal_failure,
}


class ManagementFaults:
    """Injects faults around calls of `@connections`."""

    def __init__(self, faults: FaultRegistry) -> None:
        self._faults = faults

    async def around(
        self, method: str, connection: WebSocketConnection, carry_out: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        """Returns the response to a call for an open connection. Raises RefusedRequestError: its own, or a fault's."""
        if not self._faults:
            return await carry_out()
        subject, now = of_connection(connection, method.lower()), connection.now()
        if (slow := self._faults.strike("management-latency", subject, now)) is not None:
            await asyncio.sleep(slow.delay_seconds)
        strike = self._faults.strike("management-error", subject, now)
        if strike is None:
            return await carry_out()
        if strike.fault.settings["carriedOut"]:
            await carry_out()
        raise _refusal(strike)


def _refusal(strike: Strike) -> RefusedRequestError:
    settings = strike.fault.settings
    refusal = REFUSALS[settings["status"]]()
    refusal.retry_after_seconds = settings.get("retryAfterSeconds")
    return refusal
