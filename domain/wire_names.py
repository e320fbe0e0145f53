"""Names on the wire and in the tables: those of the fields, in camel case."""

from __future__ import annotations


def camel_case(name: str) -> str:
    """Returns `messagesPer10Seconds` for `messages_per_10_seconds`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
