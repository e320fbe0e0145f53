"""The errors of a controlled emulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class EmulatorStartError(Exception):
    """The emulator did not start: no template, a refused template, a port that is taken.

    The message is the emulator's own. `output` is all that the process printed, `exit_status` is None if the time was
    over before it was ready.
    """

    def __init__(self, message: str, output: str, exit_status: int | None) -> None:
        super().__init__(message)
        self.output = output
        self.exit_status = exit_status


class EmulatorHttpError(Exception):
    """The emulator refused a request (`status`), or did not answer (`status` is None); `reason` is the cause alone."""

    def __init__(self, message: str, status: int | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class FunctionError(Exception):
    """A function failed. `result` is Lambda's error object, `log` the end of the function's log."""

    def __init__(self, function: str, result: Any, log: str) -> None:
        error = result if isinstance(result, Mapping) else {}
        self.error_type = str(error.get("errorType", ""))
        self.error_message = str(error.get("errorMessage", ""))
        super().__init__(f"{function}: {self.error_type}: {self.error_message}" + (f"\n{log}" if log else ""))
        self.function = function
        self.result = result
        self.log = log


class HandshakeRefusedError(Exception):
    """The gateway refused a handshake with an HTTP status."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        super().__init__(f"the handshake was refused with {status}: {body}")
        self.status = status
        self.headers = headers
        self.body = body


class WebSocketClosedError(Exception):
    """The connection is closed; `code` and `reason` are those of the close frame, 1006 without one."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection is closed: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason
