"""The JSON payload of an invocation, and of its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol


class Payload(Protocol):
    """A JSON value: a process reads its text, a thread can be handed the value itself."""

    @property
    def text(self) -> str: ...

    @property
    def client_context(self) -> str:
        """The JSON object that Invoke was given beside it, "" for none."""

    @property
    def chars(self) -> int:
        """About how long the text is, without making it."""

    def value(self) -> Any:
        """New each time: a handler may change what it is given."""


@dataclass(frozen=True, slots=True)
class JsonText:
    """A payload that came as text."""

    text: str
    client_context: str = ""

    @property
    def chars(self) -> int:
        return len(self.text)

    def value(self) -> Any:
        return json.loads(self.text)


def json_of(value: Any) -> JsonText:
    """A payload that was made here; later changes of `value` do not show in it."""
    return JsonText(json.dumps(value))


def refuse_constant(name: str) -> NoReturn:
    """Raises ValueError: NaN and Infinity are no JSON, although Python reads and writes them."""
    raise ValueError(f"{name} is not JSON")
