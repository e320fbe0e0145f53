"""JSON for untrusted input: one value per name, no NaN, no depth that breaks the parser."""

import json
from typing import Any


def read_object(data: bytes) -> dict[str, Any]:
    """Parses UTF-8 JSON whose outermost value is an object.

    Repeated names are refused, because two readers must not see two tokens (RFC 7519 section 4 also allows to take the
    last). NaN and Infinity are refused, since they are not JSON (RFC 8259 section 6). Raises ValueError, whose message
    repeats nothing of the input.
    """
    value = _read(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def read_list(data: bytes) -> list[Any]:
    """Parses UTF-8 JSON whose outermost value is a list, as `read_object` does."""
    value = _read(data)
    if not isinstance(value, list):
        raise ValueError("not a JSON list")
    return value


def _read(data: bytes) -> Any:
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is repeated")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
