"""Replaces environment variables of functions by those of a JSON file, as `sam local --env-vars` does.

`{"FunctionName": {"NAME": "value"}, "Parameters": {"NAME": "value"}}`: `Parameters` is for all functions, and a
function's own value wins. Documented: a variable must be in the template, or it is ignored.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from local_emulator.deployment import Deployment, Function
from local_emulator.template.coercion import as_text
from local_emulator.template.document import InvalidTemplateError, Location

FOR_ALL = "Parameters"
Variables = dict[str, str]


def with_environment_file(deployment: Deployment, path: Path) -> Deployment:
    """Returns the deployment with the file's values; a notice names what is ignored. Raises InvalidTemplateError."""
    given = _read(path)
    notices = list(deployment.notices)
    names = {name for one in deployment.functions.values() for name in (one.logical_id, one.physical_name)}
    notices += [f"{path}: the template has no function {name}" for name in given if name not in {*names, FOR_ALL}]
    functions = {}
    for logical_id, function in deployment.functions.items():
        own = given.get(function.physical_name, {}) | given.get(logical_id, {})
        unknown = ", ".join(name for name in own if name not in function.environment)
        if unknown:
            notices.append(f"{path}: {logical_id} has no variable {unknown} in the template, so it is ignored")
        functions[logical_id] = _with(function, given.get(FOR_ALL, {}) | own)
    return replace(deployment, functions=functions, notices=tuple(notices))


def _with(function: Function, values: Variables) -> Function:
    known = {name: value for name, value in values.items() if name in function.environment}
    return replace(function, environment={**function.environment, **known})


def _read(path: Path) -> dict[str, Variables]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as fault:
        raise InvalidTemplateError(Location(path, fault.lineno), f"is not JSON: {fault.msg}") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidTemplateError(Location(path), f"cannot be read: {fault}") from fault
    if not isinstance(document, dict) or not all(isinstance(one, dict) for one in document.values()):
        raise InvalidTemplateError(Location(path), "must be a mapping of functions to mappings of variables")
    return {name: {key: _text(path, key, value) for key, value in one.items()} for name, one in document.items()}


def _text(path: Path, name: str, value: Any) -> str:
    text = "" if value is None else as_text(value)
    if text is None:
        raise InvalidTemplateError(Location(path), f"{name} must be text, a number or a boolean")
    return text
