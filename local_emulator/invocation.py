"""One call of a function, and what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from local_emulator.deployment import Function


class HandlerNotFound(Exception):
    """A Handler string that leads nowhere; the message names the function, the string and why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a runtime answers: the JSON text of the result, or of the error object if `failed`."""

    payload: str
    failed: bool = False
    log: str = ""

    @classmethod
    def timed_out(cls, function: Function, request_id: str) -> Outcome:
        """Lambda's own words for a function that took longer than its Timeout."""
        message = f"{request_id} Task timed out after {function.timeout_seconds:.2f} seconds"
        return cls(json.dumps({"errorMessage": message, "errorType": "Sandbox.Timedout"}), failed=True)


class Runtime(Protocol):
    """What runs one function."""

    async def run(self, payload: str, request_id: str) -> Outcome: ...

    async def restart(self) -> None:
        """Let the next call begin with its modules to be imported, as a cold start does."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A finished call."""

    request_id: str
    outcome: Outcome
    duration_ms: float

    @property
    def failed(self) -> bool:
        return self.outcome.failed

    @property
    def result(self) -> Any:
        """What the handler returned, or the error object (`errorMessage`, `errorType`, …) if it failed."""
        return json.loads(self.outcome.payload)
