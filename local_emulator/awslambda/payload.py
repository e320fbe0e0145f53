"""The JSON payload of an invocation, and of its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Payload:
    """A JSON value as text, and the JSON object that Invoke was given beside it, "" for none."""

    text: str
    client_context: str = ""

    def value(self) -> Any:
        """Returns the value, new each time: a handler may change what it is given."""
        return json.loads(self.text)


def json_of(value: Any) -> Payload:
    """Returns the payload of a value; later changes of the value do not show in it."""
    return Payload(json.dumps(value))


def refuse_constant(name: str) -> NoReturn:
    """Raises ValueError: NaN and Infinity are no JSON, although Python reads and writes them."""
    raise ValueError(f"{name} is not JSON")
