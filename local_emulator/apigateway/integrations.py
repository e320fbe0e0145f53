"""Calls from the gateway to the functions behind it, and the reading of their results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Deployment, Function, Route


class IntegrationFailedError(Exception):
    """The function failed."""


class NotInvokedError(IntegrationFailedError):
    """The function does not exist here, Lambda refused the call, or the integration type is not emulated."""


class MalformedResultError(IntegrationFailedError):
    """The function returned no proxy result; `nothing` is True if it returned null."""

    def __init__(self, nothing: bool) -> None:
        super().__init__("null" if nothing else "no proxy result")
        self.nothing = nothing


class IntegrationTimeoutError(Exception):
    """A function exceeded the gateway's time limit; it may still be running."""


class Integrations:
    """Invokes functions for the gateway, which never retries."""

    def __init__(self, deployment: Deployment, functions: Functions, journal: Journal, limits: GatewayLimits) -> None:
        self._deployment = deployment
        self._limits = limits
        self._functions = functions
        self._journal = journal

    async def call(self, route: Route, connection_id: str, event: Payload) -> tuple[dict[str, Any], int]:
        """Returns the proxy result of a route's function and its status.

        Raises IntegrationFailedError, IntegrationTimeoutError.
        """
        # Documented: 50 ms to 29 s.
        limits = self._limits
        timeout_ms = min(max(route.timeout_ms, limits.min_integration_timeout_ms), limits.integration_timeout_ms)
        invocation = await self.invoke(route.key, route.function, connection_id, event, timeout_ms)
        if invocation.failed:
            raise IntegrationFailedError
        return _proxy_result(invocation.result)

    async def invoke(
        self, what: str, function_id: str | None, connection_id: str, event: Payload, timeout_ms: int
    ) -> Invocation:
        """Invokes the function of the route or authorizer `what`.

        Raises IntegrationFailedError, IntegrationTimeoutError.
        """
        function = self._deployment.functions.get(function_id or "")
        if function is None:
            self._journal.not_invoked(what, connection_id)
            raise NotInvokedError
        try:
            invocation = await self._within(timeout_ms / 1000, function, event)
        except TimeoutError:
            raise IntegrationTimeoutError from None
        except ThrottledError:
            # Inferred from Lambda's page on API Gateway: a call that Lambda rejects is a 500, a failed function a 502.
            raise NotInvokedError from None
        self._journal.invoked(what, connection_id, invocation)
        return invocation

    async def _within(self, seconds: float, function: Function, payload: Payload) -> Invocation:
        """Returns the invocation, awaited for at most `seconds`. Raises TimeoutError, ThrottledError."""
        async with asyncio.timeout(None) as limit:
            expiry = _Expiry(limit, seconds, lambda: self._functions.has_suspended_time_outs(function))
            try:
                return await self._functions.invoke(function, payload)
            finally:
                expiry.cancel()


class _Expiry:
    """Ends a time limit after `seconds`, or as much later as a debugger holds the function."""

    def __init__(self, limit: asyncio.Timeout, seconds: float, is_suspended: Callable[[], bool]) -> None:
        self._limit, self._seconds, self._is_suspended = limit, seconds, is_suspended
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._expire)

    def cancel(self) -> None:
        self._timer.cancel()

    def _expire(self) -> None:
        if self._is_suspended():
            self._timer = self._loop.call_later(self._seconds, self._expire)
        else:
            self._limit.reschedule(self._loop.time())


def _proxy_result(result: Any) -> tuple[dict[str, Any], int]:
    """A result without a usable statusCode counts as a failure (inferred from REST APIs)."""
    status = result.get("statusCode") if isinstance(result, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise MalformedResultError(result is None)
    return result, status
