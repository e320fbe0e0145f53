"""Conversion of DynamoDB's attribute values to and from plain Python.

The serializer of boto3 refuses floats, returns Decimals, and would load all of boto3 into functions that need only
botocore.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AttributeValue = dict[str, Any]


def to_value(value: Any) -> AttributeValue:
    """Returns a value in DynamoDB's form (API reference: AttributeValue). Raises TypeError for other types."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": repr(value)}
        case Mapping():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [to_value(one) for one in value]}
    raise TypeError(f"{type(value).__name__} has no DynamoDB form here")


def to_item(fields: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """Returns the fields as attribute values."""
    return {name: to_value(value) for name, value in fields.items()}


def from_value(value: AttributeValue) -> Any:
    """Returns the plain value of an attribute value; a number is an int or a float."""
    [(kind, content)] = value.items()
    match kind:
        case "NULL":
            return None
        case "BOOL" | "S":
            return content
        case "N":
            return _number(content)
        case "M":
            return from_item(content)
        case "L":
            return [from_value(one) for one in content if one.keys() <= READABLE]
    raise TypeError(f"DynamoDB type {kind} is not used here")


def from_item(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Returns a row as plain Python, without attributes of types that are never written (sets, binary).

    A newer release may have added such an attribute; it must not stop an older one from reading the row.
    """
    return {name: from_value(value) for name, value in item.items() if value.keys() <= READABLE}


READABLE = frozenset({"NULL", "BOOL", "S", "N", "M", "L"})


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
