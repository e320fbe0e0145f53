"""Calls from the gateway to the functions behind it, and what their answers mean to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from local_emulator.deployment import Deployment, Route
from local_emulator.events import Event
from local_emulator.functions import Functions
from local_emulator.invocation import Invocation
from local_emulator.journal import Journal


class IntegrationFailed(Exception):
    """There is no such function, it failed, or it answered something that is no proxy result."""


class IntegrationTimedOut(Exception):
    """A function took longer than the gateway waits; it may still be running."""


class Integrations:
    """Invokes functions for the gateway, which never retries."""

    def __init__(self, deployment: Deployment, functions: Functions, journal: Journal) -> None:
        self._deployment = deployment
        self._functions = functions
        self._journal = journal

    async def call(self, route: Route, connection_id: str, event: Event) -> tuple[dict[str, Any], int]:
        """The proxy result of a route's function and its status. Raises IntegrationFailed, IntegrationTimedOut."""
        invocation = await self.invoke(route.key, route.function, connection_id, event, route.timeout_ms)
        if invocation.failed:
            raise IntegrationFailed
        return _proxy_result(invocation.result)

    async def invoke(
        self, what: str, function_id: str | None, connection_id: str, event: Event, timeout_ms: int
    ) -> Invocation:
        """One invocation, for the route or authorizer `what`. Raises IntegrationFailed, IntegrationTimedOut."""
        function = self._deployment.functions.get(function_id or "")
        if function is None:
            raise IntegrationFailed
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                invocation = await self._functions.invoke(function, json.dumps(event))
        except TimeoutError:
            raise IntegrationTimedOut from None
        self._journal.invoked(what, connection_id, invocation)
        return invocation


def _proxy_result(result: Any) -> tuple[dict[str, Any], int]:
    """A result without a usable statusCode counts as a failure (inferred from REST APIs)."""
    status = result.get("statusCode") if isinstance(result, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise IntegrationFailed
    return result, status
