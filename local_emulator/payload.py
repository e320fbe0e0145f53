"""What a function is called with, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


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


@dataclass(frozen=True, slots=True)
class FlatObject:
    """An object of texts, numbers, flags and nulls, as most results of handlers are: written out only if asked for."""

    fields: Mapping[str, str | int | None]

    @property
    def text(self) -> str:
        return _ENCODER.encode(self.fields)

    @property
    def chars(self) -> int:
        return sum(
            len(name) + (len(value) if isinstance(value, str) else 20) + 6 for name, value in self.fields.items()
        )

    def value(self) -> dict[str, str | int | None]:
        return dict(self.fields)


def answer_of(result: Any) -> Payload:
    """What a handler returned; what it does to it later does not show. Raises TypeError, ValueError for no JSON."""
    return FlatObject(dict(result)) if type(result) is dict and _is_flat(result) else JsonText(_ENCODER.encode(result))


def _is_flat(fields: dict[Any, Any]) -> bool:
    for name, value in fields.items():
        kind = type(value)
        if type(name) is not str or not (kind is str or value is None or kind is bool or _is_short(kind, value)):
            return False
    return True


def _is_short(kind: type, value: Any) -> bool:
    return kind is int and value.bit_length() < 64  # Python refuses to write down the very long


_ENCODER = json.JSONEncoder(ensure_ascii=False)
