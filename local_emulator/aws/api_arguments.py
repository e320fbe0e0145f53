"""Fits values of a template to what an AWS API takes, by botocore's model of the API.

CloudFormation's properties and an API's arguments often have the same names, but not the same members and types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


def fitted_arguments(client: Any, operation: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those of `wanted` that the operation of a boto3 client takes, in the types that it takes them in."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return dict(_fitted(wanted, shape))


def tag_list(tags: Any) -> list[dict[str, str]]:
    """Returns tags as most APIs take them. A template has them as a list of Key and Value, or as a mapping."""
    pairs = [(tag.get("Key"), tag.get("Value")) for tag in tags] if isinstance(tags, list) else dict(tags or {}).items()
    return [{"Key": str(key), "Value": str(value)} for key, value in pairs]


def text_of(value: object) -> str:
    """Returns a value as text: JSON for a mapping, `true` for True."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, Mapping | list) else str(value)


def _fitted(value: Any, shape: Any) -> Any:
    """Leaves a value of another kind than the shape as it is, so that botocore's check names it."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {name: _fitted(item, shape.members[name]) for name, item in value.items() if name in shape.members}
    if kind == "list" and isinstance(value, list):
        return [_fitted(item, shape.member) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {text_of(key): _fitted(item, shape.value) for key, item in value.items()}
    if kind == "string":
        return text_of(value)
    if kind == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return _number(value, NUMBERS[kind]) if kind in NUMBERS else value


def _number(value: Any, kind: type[int] | type[float]) -> Any:
    try:
        return value if isinstance(value, bool) else kind(value)
    except (TypeError, ValueError):
        return value
