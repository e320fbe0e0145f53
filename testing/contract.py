"""The published contract, docs/schemas, ready to judge with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT7

DOCS = Path(__file__).parents[1] / "docs"
SCHEMAS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (DOCS / "schemas").glob("*.json")}


def closed(schema: Any) -> Any:
    """The same, but an object may hold nothing that is not described. Clients must not be as strict as our tests."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: closed(value) for name, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and "type" in schema:
        strict.setdefault("additionalProperties", False)
    return strict


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As ECMA 262 has it: `$` is the very end, and `\\d` an ASCII digit."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance, re.ASCII):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft7Validator, {"pattern": _pattern})


def _validator(reference: str, schemas: dict[str, Any]) -> Any:
    # A schema that names its dialect is judged by that alone, whatever was extended.
    plain = {name: {key: value for key, value in one.items() if key != "$schema"} for name, one in schemas.items()}
    resources = [(name, DRAFT7.create_resource(schema)) for name, schema in plain.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return _Validator({"$ref": reference}, registry=registry)


def validator(reference: str) -> Any:
    """A validator of one published schema, such as `update.json`."""
    return _validator(reference, SCHEMAS)


STRICT = closed(SCHEMAS)
SERVER = {
    name: _validator(f"server-message.json#/definitions/{name}", STRICT)
    for name, schema in SCHEMAS["server-message.json"]["definitions"].items()
    if "type" in schema.get("properties", {})
}


def breaches(message: Any) -> list[str]:
    """How a message that the server sent breaks the contract: unknown type, or whatever its schema says."""
    kind = message.get("type") if isinstance(message, dict) else None
    if kind not in SERVER:
        return [f"no type of the contract: {kind}"]
    return [f"{kind} {error.json_path}: {error.message}" for error in SERVER[kind].iter_errors(message)]
