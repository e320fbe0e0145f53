"""The fields of faults, and the values that each accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_emulator.faults.latency import read_latency

MAX_CHARS = 256
MAX_COUNT = 1_000_000_000


class InvalidFaultError(ValueError):
    """A fault is invalid; `field` is the invalid field ("body" for all of it)."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class FaultField:
    """One field: `read` checks a JSON value (raises ValueError); `is_text` marks a field whose value is a text."""

    name: str
    about: str
    read: Callable[[Any], Any]
    is_text: bool = False

    def checked(self, value: Any) -> Any:
        """Raises InvalidFaultError."""
        try:
            return self.read(value)
        except ValueError as problem:
            raise InvalidFaultError(self.name, str(problem)) from None

    def from_text(self, text: str) -> Any:
        """Returns the JSON value of a command line's text; `checked` refuses text that is not JSON."""
        if self.is_text:
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text


def integer(least: int, most: int = MAX_COUNT) -> Callable[[Any], int]:
    """Returns a reader of integers from `least` to `most`; it raises ValueError."""

    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be an integer of {least} to {most}")
        return value

    return read


def choice(*allowed: Any) -> Callable[[Any], Any]:
    """Returns a reader of the allowed values; it raises ValueError."""

    def read(value: Any) -> Any:
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise ValueError(f"must be one of {', '.join(json.dumps(one) for one in allowed)}")
        return value

    return read


def text(value: Any) -> str:
    """Returns a printable text of at most MAX_CHARS characters. Raises ValueError."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARS or not value.isprintable():
        raise ValueError(f"must be a text of 1 to {MAX_CHARS} printable characters")
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError("must be a number above 0 and at most 1")
    return float(value)


FIELDS = {
    field.name: field
    for field in (
        FaultField("after", "how many occasions it lets pass first", integer(0)),
        FaultField("times", "how often it strikes before it is spent; without it, until it is cleared", integer(1)),
        FaultField("probability", "the share of the occasions at which it strikes", _share),
        FaultField("seed", "makes its chances and its waits the same every time", integer(0)),
        FaultField("delayMs", "how long: a number, or a distribution", read_latency, is_text=True),
        FaultField("status", "what the caller is answered", choice(403, 410, 413, 429, 500)),
        FaultField("retryAfterSeconds", "sent as Retry-After", integer(0, 86_400)),
        FaultField("carriedOut", "whether the call has its effect although its answer denies it", choice(True, False)),
        FaultField("window", "how many messages leave in another order", integer(2, 64)),
        FaultField("holdMs", "how long messages wait for the window to fill", integer(1, 60_000)),
        FaultField("every", "every nth call of a function; without it, its first", integer(1)),
        FaultField("reload", "whether the function's modules are really loaded anew", choice(True, False)),
        FaultField("errorType", "the error's class", text, is_text=True),
        FaultField("errorMessage", "the error's message", text, is_text=True),
        FaultField("when", "before or after the function has done its work", choice("before", "after"), is_text=True),
        FaultField("outcome", "what the authorizer does", choice("error", "unauthorized", "deny"), is_text=True),
    )
}
