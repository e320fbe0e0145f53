"""The Lambda functions of a deployment: found by name, invoked in whatever runs them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_emulator.deployment import Function
from local_emulator.function_faults import FunctionFaults
from local_emulator.invocation import Invocation, Runtime


class UnknownFunction(Exception):
    """There is no function of that name."""


class Functions:
    """Invokes functions; `runtimes` holds what runs each, by logical id."""

    def __init__(
        self, functions: Mapping[str, Function], runtimes: Mapping[str, Runtime], faults: FunctionFaults
    ) -> None:
        self._functions = functions
        self._runtimes = runtimes
        self._faults = faults

    def find(self, name: str) -> Function:
        """A function by logical id, physical name or ARN, with or without a qualifier. Raises UnknownFunction."""
        bare = name.split(":function:", 1)[-1].split(":", 1)[0]
        for function in self._functions.values():
            if bare in (function.logical_id, function.physical_name):
                return function
        raise UnknownFunction(bare)

    async def invoke(self, function: Function, payload: str) -> Invocation:
        """Call a function with a JSON payload. Raises FunctionThrottled."""
        request_id = str(uuid.uuid4())
        started = time.perf_counter()
        runtime = self._runtimes[function.logical_id]
        outcome = await self._faults.run(function, runtime, payload, request_id)
        return Invocation(request_id, outcome, (time.perf_counter() - started) * 1000)
