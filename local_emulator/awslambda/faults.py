"""Functions that start late or cold, hang, fail, or are not started at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.invocation import Outcome, Runtime
from local_emulator.awslambda.payload import Payload, json_of
from local_emulator.deployment import Function
from local_emulator.faults.registry import FaultRegistry, Strike, Subject, users_of
from local_emulator.timestamps import now_ms


class FunctionFaults:
    """Runs between a call and the runtime of its function."""

    def __init__(self, faults: FaultRegistry) -> None:
        self._faults = faults
        self._tasks = BackgroundTasks()

    def __bool__(self) -> bool:
        """Returns True if any fault is on."""
        return bool(self._faults)

    def run(
        self, function: Function, runtime: Runtime, payload: Payload, request_id: str
    ) -> Coroutine[Any, Any, Outcome]:
        """Returns the outcome of a call. Raises ThrottledError."""
        if not self._faults:
            return runtime.run(payload, request_id)
        return self._ask(function, runtime, payload, request_id)

    async def _ask(self, function: Function, runtime: Runtime, payload: Payload, request_id: str) -> Outcome:
        subject = of_call(function, payload)
        throttled = self._strike("function-throttled", subject)
        if throttled is not None:
            raise ThrottledError(function.logical_id, throttled.fault.settings.get("retryAfterSeconds"))
        # A caller that gives up does not stop what has begun: Lambda still runs the function.
        return await asyncio.shield(self._tasks.start(self._run(subject, function, runtime, payload, request_id)))

    async def _run(
        self, subject: Subject, function: Function, runtime: Runtime, payload: Payload, request_id: str
    ) -> Outcome:
        await self._start(subject, runtime)
        if _is_authorizer_event(payload):
            strike = self._strike("authorizer-error", subject)
            if strike is not None:
                return _authorizer_outcome(strike, payload, request_id)
        if self._strike("function-hang", subject) is not None:
            await asyncio.sleep(function.timeout_seconds)
            return Outcome.timed_out(function, request_id)
        strike = self._strike("function-error", subject)
        if strike is None:
            return await runtime.run(payload, request_id)
        if strike.fault.settings["when"] == "after":
            await runtime.run(payload, request_id)
        return _error(strike.fault.settings["errorType"], strike.fault.settings["errorMessage"], request_id)

    async def _start(self, subject: Subject, runtime: Runtime) -> None:
        """Waits as the faults say, and restarts the runtime for a cold start."""
        cold = self._strike("cold-start", subject)
        if cold is not None:
            await asyncio.sleep(cold.delay_seconds)
            if cold.fault.settings["reload"]:
                await runtime.restart()
        slow = self._strike("invoke-latency", subject)
        if slow is not None:
            await asyncio.sleep(slow.delay_seconds)

    def _strike(self, kind: str, subject: Subject) -> Strike | None:
        return self._faults.strike(kind, subject, now_ms())


def _is_authorizer_event(payload: Payload) -> bool:
    event = _event_of(payload)
    return event.get("type") == "REQUEST" and "methodArn" in event


def _authorizer_outcome(strike: Strike, payload: Payload, request_id: str) -> Outcome:
    """Documented: "Unauthorized" makes a 401 and a Deny a 403. Reported: any other error makes a 500."""
    match strike.fault.settings["outcome"]:
        case "unauthorized":
            return _error("Exception", "Unauthorized", request_id)
        case "deny":
            statement = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": _event_of(payload)["methodArn"]}
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return Outcome(json_of({"principalId": "denied", "policyDocument": policy}))
    return _error("Exception", "switched on by a fault", request_id)


def _error(error_type: str, message: str, request_id: str) -> Outcome:
    """The error object of Lambda's Python runtime."""
    error = {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": []}
    return Outcome(json_of(error), failed=True)


def of_call(function: Function, payload: Payload) -> Subject:
    """A call of a function; on behalf of a connection only if the payload is the event of one."""
    request = _event_of(payload).get("requestContext")
    request = request if isinstance(request, dict) else {}
    names: dict[str, tuple[str, ...]] = {"function": (function.logical_id, function.physical_name)}
    if isinstance(request.get("connectionId"), str):
        names["connection"] = (request["connectionId"],)
        names["user"] = users_of(request.get("authorizer"))
    return Subject(function.logical_id, names)


def _event_of(payload: Payload) -> dict[str, Any]:
    event = payload.value()
    return event if isinstance(event, dict) else {}
