"""The Lambda functions of a deployment: found by name, invoked in whatever runs them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from local_emulator.awslambda.concurrency import ReservedConcurrency
from local_emulator.awslambda.faults import FunctionFaults
from local_emulator.awslambda.function_name import parse_function_name
from local_emulator.awslambda.invocation import Invocation, Runtime
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Function


class UnknownFunctionError(Exception):
    """There is no function of that name."""


class Functions:
    """Invokes functions; `runtimes` holds what runs each, by logical id."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        runtimes: Mapping[str, Runtime],
        limits: LambdaLimits | None = None,
        faults: FunctionFaults | None = None,
        called: Callable[[Function, Payload, Invocation], None] | None = None,
    ) -> None:
        """`called` receives each call that has ended, with its payload."""
        self._functions = functions
        self._runtimes = runtimes
        self._limits = limits or LambdaLimits()
        self._faults = faults
        self._called = called
        self._concurrency = ReservedConcurrency()

    def deploy(self, functions: Mapping[str, Function], runtimes: Mapping[str, Runtime]) -> None:
        """Takes the functions of a changed template; calls that are running end in the runtime that they have."""
        self._functions, self._runtimes = functions, runtimes

    def find(self, name: str) -> Function:
        """A function by logical id, physical name or ARN, with or without a qualifier.

        Raises UnknownFunctionError, InvalidFunctionNameError.
        """
        bare = parse_function_name(name).name
        for function in self._functions.values():
            if bare in (function.logical_id, function.physical_name):
                return function
        raise UnknownFunctionError(bare)

    def holds_time_limit(self, function: Function, request_id: str) -> bool:
        """Returns True while a debugger holds a call of the function, or while this call waits for an environment."""
        runtime = self._runtimes[function.logical_id]
        return runtime.has_suspended_time_outs or runtime.is_queued(request_id)

    def invoke(
        self, function: Function, payload: Payload, request_id: str | None = None
    ) -> Coroutine[Any, Any, Invocation]:
        """Calls a function; attempts at one event share a request id. Raises ThrottledError."""
        run = self._run if function.reserved_concurrency is None else self._run_reserved
        return run(function, payload, request_id or str(uuid.uuid4()))

    async def _run_reserved(self, function: Function, payload: Payload, request_id: str) -> Invocation:
        # Who waits may give up before the function ends; its place stays taken until it does.
        self._concurrency.take(function)
        running = asyncio.ensure_future(self._run(function, payload, request_id))
        running.add_done_callback(lambda _: self._concurrency.give_back(function))
        return await asyncio.shield(running)

    async def _run(self, function: Function, payload: Payload, request_id: str) -> Invocation:
        started = time.perf_counter()
        runtime = self._runtimes[function.logical_id]
        if self._faults is None:
            outcome = await runtime.run(payload, request_id)
        else:
            outcome = await self._faults.run(function, runtime, payload, request_id)
        duration_ms = (time.perf_counter() - started) * 1000
        invocation = Invocation(request_id, outcome.within(self._limits.response_bytes), duration_ms)
        if self._called is not None:
            self._called(function, payload, invocation)
        return invocation
