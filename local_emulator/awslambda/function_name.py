"""The names under which Lambda's API knows a function. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The parts of NamespacedFunctionName in Lambda's service model.
PATTERN = re.compile(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?"
    r"((?P<region>(eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"((?P<account>\d{12}):)?"
    r"(function:)?"
    r"(?P<name>[a-zA-Z0-9_.-]+)"
    r"(:(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
MAX_CHARS = 256


class InvalidFunctionNameError(Exception):
    """A name that no function can have; `value` is the given name, `constraint` the rule that it breaks."""

    def __init__(self, value: str, constraint: str) -> None:
        super().__init__(f"{value!r}: {constraint}")
        self.value = value
        self.constraint = constraint


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A name, a partial ARN or an ARN, taken apart; what was not given is None."""

    name: str
    qualifier: str | None = None
    region: str | None = None
    account: str | None = None

    def arn(self, region: str, account: str) -> str:
        """The whole ARN, for a caller in this Region and account."""
        base = f"arn:aws:lambda:{self.region or region}:{self.account or account}:function:{self.name}"
        return f"{base}:{self.qualifier}" if self.qualifier else base


def parse_function_name(text: str) -> FunctionName:
    """Splits a name or an ARN. Raises InvalidFunctionNameError.

    Source: Lambda API reference, Invoke: FunctionName.
    """
    if len(text) > MAX_CHARS:
        raise InvalidFunctionNameError(text, f"Member must have length less than or equal to {MAX_CHARS}")
    match = PATTERN.fullmatch(text)
    if match is None:
        raise InvalidFunctionNameError(text, f"Member must satisfy regular expression pattern: {PATTERN.pattern}")
    return FunctionName(match["name"], match["qualifier"], match["region"], match["account"])
