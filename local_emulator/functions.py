"""The Lambda functions of a deployment: found by name, invoked in whatever runs them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from local_emulator.deployment import Function
from local_emulator.invocation import Invocation, Outcome
from local_emulator.randomness import new_uuid
from local_emulator.threads import ThreadRuntime
from local_emulator.workers import Workers


class UnknownFunction(Exception):
    """There is no function of that name."""


class Runtime(Protocol):
    """What runs one function."""

    async def run(self, payload: str, request_id: str) -> Outcome: ...


class Functions:
    """Invokes functions. Made with all their handlers in place; raises HandlerNotFound for the first that is not."""

    def __init__(self, functions: Mapping[str, Function], workers: Workers) -> None:
        self._functions = functions
        self._runtimes: dict[str, Runtime] = {
            logical_id: ThreadRuntime(function, workers) for logical_id, function in functions.items()
        }

    def find(self, name: str) -> Function:
        """A function by logical id, physical name or ARN, with or without a qualifier. Raises UnknownFunction."""
        bare = name.split(":function:", 1)[-1].split(":", 1)[0]
        for function in self._functions.values():
            if bare in (function.logical_id, function.physical_name):
                return function
        raise UnknownFunction(bare)

    async def invoke(self, function: Function, payload: str) -> Invocation:
        """Call a function with a JSON payload."""
        request_id = new_uuid()
        started = time.perf_counter()
        outcome = await self._runtimes[function.logical_id].run(payload, request_id)
        return Invocation(request_id, outcome, (time.perf_counter() - started) * 1000)
