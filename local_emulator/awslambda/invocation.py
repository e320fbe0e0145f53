"""One call of a function, and its outcome."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from local_emulator.awslambda.payload import Payload, json_of, refuse_constant
from local_emulator.deployment import Function
from local_emulator.timestamps import iso_8601


class Outcome(NamedTuple):
    """The answer of a runtime: the result, or the error object if `failed`."""

    answer: Payload
    failed: bool = False
    log: str = ""
    memory_mb: int = 0
    is_timeout: bool = False

    @property
    def payload(self) -> str:
        """The JSON text of the answer."""
        return self.answer.text

    @classmethod
    def timed_out(cls, function: Function, request_id: str) -> Outcome:
        """Lambda's own words for a function that took longer than its Timeout."""
        problem = f"Task timed out after {function.timeout_seconds:.2f} seconds"
        log = f"{iso_8601(datetime.now(UTC))} {request_id} {problem}\n\n"
        return cls(json_of(lambda_error("Sandbox.Timedout", problem, request_id)), True, log, is_timeout=True)

    def within(self, most_bytes: int) -> Outcome:
        """Returns itself, or Lambda's error for too large a response. Reported: a function error with status 200."""
        if len(self.payload) * 4 <= most_bytes or len(self.payload.encode()) <= most_bytes:
            return self
        message = f"Response payload size exceeded maximum allowed payload size ({most_bytes} bytes)."
        error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
        return self._replace(answer=json_of(error), failed=True)


def lambda_error(error_type: str, problem: str, request_id: str = "") -> dict[str, Any]:
    """Returns an error that Lambda reports itself, in place of the runtime; without a call its message has no id."""
    about = f"RequestId: {request_id} Error: " if request_id else ""
    return {"errorMessage": about + problem, "errorType": error_type}


class Runtime(Protocol):
    """Runs one function."""

    @property
    def has_suspended_time_outs(self) -> bool:
        """Returns True for a function that is debugged, and while a breakpoint holds one of its calls."""

    def is_queued(self, request_id: str) -> bool:
        """Returns True for a call that waits because there are as many environments as help here."""

    async def run(self, payload: Payload, request_id: str) -> Outcome: ...

    async def restart(self) -> None:
        """Lets the next call begin with its modules to be imported, as a cold start does."""


class Invocation(NamedTuple):
    """A finished call."""

    request_id: str
    outcome: Outcome
    duration_ms: float

    @property
    def failed(self) -> bool:
        return self.outcome.failed

    @property
    def result(self) -> Any:
        """The handler's result, or the error object (`errorMessage`, `errorType`, …) if it failed.

        A runtime may post what is no JSON, such as Python's NaN and bytes: then it is the text.
        """
        if self.failed:
            return error_of(self.outcome.payload)
        try:
            return json.loads(self.outcome.payload, parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            return self.outcome.payload


def error_of(text: str) -> dict[str, Any]:
    """Returns the error object that a runtime has posted; a body that is none becomes the message."""
    try:
        error = json.loads(text)
    except (ValueError, RecursionError):
        error = None
    return error if isinstance(error, dict) else {"errorMessage": text, "errorType": "Error"}
