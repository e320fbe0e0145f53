"""What a function is called with, and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Payload(Protocol):
    """A JSON value: a process reads its text, a thread can be handed the value itself."""

    @property
    def text(self) -> str: ...

    @property
    def chars(self) -> int:
        """About how long the text is, without making it."""

    def value(self) -> Any:
        """New each time: a handler may change what it is given."""


@dataclass(frozen=True, slots=True)
class JsonText:
    """A payload that came as text."""

    text: str

    @property
    def chars(self) -> int:
        return len(self.text)

    def value(self) -> Any:
        return json.loads(self.text)


def json_of(value: Any) -> JsonText:
    """A payload that was made here; later changes of `value` do not show in it."""
    return JsonText(json.dumps(value))


class FlatObject(NamedTuple):
    """An object of texts, numbers, flags and nulls, as most results of handlers are: written out only if asked for."""

    fields: dict[str, str | int | None]
    chars: int

    @property
    def text(self) -> str:
        return _ENCODER.encode(self.fields)

    def value(self) -> dict[str, str | int | None]:
        return self.fields.copy()


def answer_of(result: Any) -> Payload:
    """What a handler returned; what it does to it later does not show. Raises TypeError, ValueError for no JSON."""
    chars = _flat_chars(result) if type(result) is dict else None
    return JsonText(_ENCODER.encode(result)) if chars is None else FlatObject(result.copy(), chars)


def _flat_chars(fields: dict[Any, Any]) -> int | None:
    """About how long its text would be; None for what is not flat, or may be no JSON."""
    chars = 0
    for name, value in fields.items():
        kind = type(value)
        if type(name) is not str:
            return None
        if kind is str:
            chars += len(name) + len(value) + 6
        # Python refuses to write down the very long.
        elif kind is bool or value is None or (kind is int and value.bit_length() < 64):
            chars += len(name) + 24
        else:
            return None
    return chars


_ENCODER = json.JSONEncoder(ensure_ascii=False)
