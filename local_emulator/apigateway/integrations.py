"""Calls from the gateway to the integrations behind it, and the reading of their results."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.apigateway.backends.aws_service import Endpoints
from local_emulator.apigateway.backends.backend import BackendError, BackendResponse
from local_emulator.apigateway.backends.selection import backend_of
from local_emulator.apigateway.mapped_integrations import MappedIntegration, MappingFailedError
from local_emulator.apigateway.mapping.errors import MappingError
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.proxy_result import InvalidProxyResultError, read_proxy_result
from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.apigateway.rules.request_scope import RequestScope
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Deployment, Function, Integration, Route
from local_emulator.redaction import redacted

TIME_LIMIT_PARTS = 10
MAX_SHOWN = 200
"""Characters of a backend's refusal on the console."""


class IntegrationError(Exception):
    """An integration gave no result that can be used; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class IntegrationFailedError(IntegrationError):
    """The function failed."""


class NotInvokedError(IntegrationFailedError):
    """The function does not exist here, or Lambda refused the call."""


class NotMappedError(NotInvokedError):
    """An integration cannot be called here, or its request or response cannot be mapped; `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(reasons.not_invoked(problem))
        self.problem = problem


class MalformedResultError(IntegrationFailedError):
    """The function returned no proxy result; `is_null` is True if it returned null."""

    def __init__(self, reason: Reason, is_null: bool) -> None:
        super().__init__(reason)
        self.is_null = is_null


class IntegrationTimeoutError(IntegrationError):
    """A function exceeded the gateway's time limit; it may still be running."""


class Integrations:
    """Invokes functions for the gateway, which never retries."""

    def __init__(
        self,
        deployment: Deployment,
        functions: Functions,
        journal: Journal,
        limits: GatewayLimits,
        endpoints: Endpoints | None = None,
    ) -> None:
        self._deployment = deployment
        self._limits = limits
        self._functions = functions
        self._journal = journal
        self._endpoints = endpoints or Endpoints()
        self._mapped_integrations: dict[int, MappedIntegration] = {}

    async def call(self, route: Route, connection_id: str, event: Payload) -> tuple[dict[str, Any], int]:
        """Returns the result of a route's integration, in the form of a proxy result, and its status.

        Raises IntegrationError.
        """
        # Documented: 50 ms to 29 s.
        limits = self._limits
        timeout_ms = min(max(route.timeout_ms, limits.min_integration_timeout_ms), limits.integration_timeout_ms)
        if route.integration is not None:
            return await self._call_mapped(route, route.integration, connection_id, event, timeout_ms)
        invocation = await self.invoke(route.key, route.function, connection_id, event, timeout_ms)
        if invocation.failed:
            raise IntegrationFailedError(reasons.function_failed(*failure(invocation)))
        try:
            return read_proxy_result(invocation.result, extra_keys_are_malformed=limits.extra_keys_are_malformed)
        except InvalidProxyResultError as malformed:
            raise MalformedResultError(malformed.reason, malformed.is_null) from None

    async def _call_mapped(
        self, route: Route, integration: Integration, connection_id: str, event: Payload, timeout_ms: int
    ) -> tuple[dict[str, Any], int]:
        """Returns the mapped response of an integration that is no Lambda proxy."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                scope = RequestScope.of_event(event.value(), integration.stage_variables)
                body, response = await self._mapped(route, integration).call(scope, route.route_response)
        except TimeoutError:
            raise IntegrationTimeoutError(reasons.timed_out(timeout_ms)) from None
        except BackendError as failed:
            raise IntegrationFailedError(reasons.not_invoked(str(failed))) from None
        except (MappingError, MappingFailedError) as failed:
            raise NotMappedError(str(failed)) from None
        duration_ms = (time.perf_counter() - started) * 1000
        self._journal.integrated(route.key, connection_id, _outcome(route, response), duration_ms)
        return {"body": body}, response.status

    def _mapped(self, route: Route, integration: Integration) -> MappedIntegration:
        """Returns the integration with its templates parsed, once. Raises MappingFailedError."""
        if integration.not_run is not None:
            raise MappingFailedError(integration.not_run)
        known = self._mapped_integrations.get(id(integration))  # the deployment keeps it
        if known is None:
            backend = backend_of(route.integration_type, integration, self._endpoints)
            known = MappedIntegration(route.integration_type, integration, backend)
            self._mapped_integrations[id(integration)] = known
        return known

    async def invoke(
        self, what: str, function_id: str | None, connection_id: str, event: Payload, timeout_ms: int
    ) -> Invocation:
        """Invokes the function of the route or authorizer `what`. Raises IntegrationError."""
        function = self._deployment.functions.get(function_id or "")
        if function is None:
            raise NotInvokedError(
                reasons.not_invoked(f"{what} is not emulated: no function of this template is behind it")
            )
        try:
            invocation = await self._within(timeout_ms / 1000, function, event)
        except TimeoutError:
            raise IntegrationTimeoutError(reasons.timed_out(timeout_ms)) from None
        except ThrottledError as throttled:
            # Inferred from Lambda's page on API Gateway: a call that Lambda rejects is a 500, a failed function a 502.
            raise NotInvokedError(reasons.not_invoked(f"Lambda throttled {function.logical_id}: {throttled}")) from None
        self._journal.invoked(what, connection_id, invocation)
        return invocation

    async def _within(self, seconds: float, function: Function, payload: Payload) -> Invocation:
        """Returns the invocation, awaited for at most `seconds`. Raises TimeoutError, ThrottledError."""
        request_id = str(uuid.uuid4())
        async with asyncio.timeout(None) as limit:
            expiry = _Expiry(limit, seconds, lambda: self._functions.holds_time_limit(function, request_id))
            try:
                return await self._functions.invoke(function, payload, request_id)
            finally:
                expiry.cancel()


class _Expiry:
    """Ends a time limit after `seconds`, counted in parts; a part at whose end the time is held does not count.

    A call that waits for a processor of this machine has had no time yet: Lambda would have started an environment.
    """

    def __init__(self, limit: asyncio.Timeout, seconds: float, is_held: Callable[[], bool]) -> None:
        self._limit, self._is_held = limit, is_held
        self._part_seconds, self._parts_left = seconds / TIME_LIMIT_PARTS, TIME_LIMIT_PARTS
        self._loop = asyncio.get_running_loop()
        self._begin_part()

    def cancel(self) -> None:
        self._timer.cancel()

    def _begin_part(self) -> None:
        self._timer = self._loop.call_later(self._part_seconds, self._end_part)

    def _end_part(self) -> None:
        if not self._is_held():
            self._parts_left -= 1
        if self._parts_left:
            self._begin_part()
        else:
            self._limit.reschedule(self._loop.time())


def _outcome(route: Route, response: BackendResponse) -> str:
    """Returns the status for the console, and what a backend that refuses says: a client may hear nothing of it."""
    said = f" {' '.join(redacted(response.body).split())[:MAX_SHOWN]}" if response.status >= 400 else ""
    return f"{route.integration_type} {response.status}{said}"


def failure(invocation: Invocation) -> tuple[str, str]:
    """Returns the type and the message of a function's error."""
    error = invocation.result
    return str(error.get("errorType", "Error")), str(error.get("errorMessage", ""))
