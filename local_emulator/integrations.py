"""Calls from the gateway to the functions behind it, and what their answers mean to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from local_emulator.concurrency import Throttled
from local_emulator.deployment import Deployment, Route
from local_emulator.events import Event
from local_emulator.functions import Functions
from local_emulator.invocation import Invocation
from local_emulator.journal import Journal
from local_emulator.limits import Limits


class IntegrationFailed(Exception):
    """The function failed."""


class NotInvoked(IntegrationFailed):
    """There is no such function here, Lambda refused to, or the integration is of a kind that is not emulated."""


class MalformedResult(IntegrationFailed):
    """The function answered something that is no proxy result; `nothing` if that was null."""

    def __init__(self, nothing: bool) -> None:
        super().__init__("null" if nothing else "no proxy result")
        self.nothing = nothing


class IntegrationTimedOut(Exception):
    """A function took longer than the gateway waits; it may still be running."""


class Integrations:
    """Invokes functions for the gateway, which never retries."""

    def __init__(self, deployment: Deployment, functions: Functions, journal: Journal, limits: Limits) -> None:
        self._deployment = deployment
        self._limits = limits
        self._functions = functions
        self._journal = journal

    async def call(self, route: Route, connection_id: str, event: Event | str) -> tuple[dict[str, Any], int]:
        """The proxy result of a route's function and its status; `event` may be JSON text already.

        Raises IntegrationFailed, IntegrationTimedOut.
        """
        # Documented: 50 ms to 29 s.
        limits = self._limits
        timeout_ms = min(max(route.timeout_ms, limits.min_integration_timeout_ms), limits.integration_timeout_ms)
        invocation = await self.invoke(route.key, route.function, connection_id, event, timeout_ms)
        if invocation.failed:
            raise IntegrationFailed
        return _proxy_result(invocation.result)

    async def invoke(
        self, what: str, function_id: str | None, connection_id: str, event: Event | str, timeout_ms: int
    ) -> Invocation:
        """One invocation, for the route or authorizer `what`. Raises IntegrationFailed, IntegrationTimedOut."""
        function = self._deployment.functions.get(function_id or "")
        if function is None:
            self._journal.not_invoked(what, connection_id)
            raise NotInvoked
        payload = event if isinstance(event, str) else json.dumps(event)
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                invocation = await self._functions.invoke(function, payload)
        except TimeoutError:
            raise IntegrationTimedOut from None
        except Throttled:
            # Inferred from Lambda's page on API Gateway: a call that Lambda rejects is a 500, a failed function a 502.
            raise NotInvoked from None
        self._journal.invoked(what, connection_id, invocation)
        return invocation


def _proxy_result(result: Any) -> tuple[dict[str, Any], int]:
    """A result without a usable statusCode counts as a failure (inferred from REST APIs)."""
    status = result.get("statusCode") if isinstance(result, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise MalformedResult(result is None)
    return result, status
