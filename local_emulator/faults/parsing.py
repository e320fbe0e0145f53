"""Reads requests for faults: a JSON object, or a line of a command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from local_emulator.faults.fields import FIELDS, InvalidFaultError, text
from local_emulator.faults.kinds import AIMS, COMMON_FIELDS, KINDS, MANAGEMENT_OPERATIONS, FaultKind
from local_emulator.faults.registry import Fault


def read_fault(asked: Any) -> Fault:
    """Reads {"kind", "target"?, "after"?, "times"?, "probability"?, "seed"?, …the kind's own}.

    Raises InvalidFaultError.
    """
    if not isinstance(asked, dict):
        raise InvalidFaultError("body", "is not a JSON object")
    kind = _kind(asked.get("kind"))
    given = {name: value for name, value in asked.items() if name not in ("kind", "target")}
    for name in given:
        if name not in kind.all_fields:
            fields = ", ".join(("kind", "target", *kind.all_fields))
            raise InvalidFaultError(name[:64], f"is no field of {kind.name}; it has {fields}")
    for name in kind.required:
        if name not in given:
            raise InvalidFaultError(name, f"is missing; {kind.name} needs it")
    values = {name: FIELDS[name].checked(value) for name, value in given.items()}
    common = {name: values.pop(name) for name in COMMON_FIELDS if name in values}
    defaults = {name: value for name, value in kind.default.items() if name not in AIMS}
    return Fault(kind.name, _target(kind, asked.get("target", {})), **common, settings=defaults | values)


def read_fault_line(line: str) -> dict[str, Any]:
    """Returns the JSON object of `kind name=value …`, not yet checked. Raises InvalidFaultError.

    Quoting is the shell's: errorMessage='out of memory'.
    """
    try:
        parts = shlex.split(line)
    except ValueError as problem:
        raise InvalidFaultError("body", f"is not `kind name=value …`: {problem}") from None
    if not parts:
        raise InvalidFaultError("body", "is empty; it must be `kind name=value …`")
    return fault_object(parts[0], parts[1:])


def fault_object(kind: str, pairs: list[str]) -> dict[str, Any]:
    """Returns the JSON object of a kind and its `name=value` pairs, not yet checked. Raises InvalidFaultError."""
    asked: dict[str, Any] = {"kind": kind}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise InvalidFaultError(pair[:64], "is not name=value")
        if name in AIMS:
            asked.setdefault("target", {})[name] = value
        else:
            asked[name] = FIELDS[name].from_text(value) if name in FIELDS else value
    return asked


def _kind(name: Any) -> FaultKind:
    if not isinstance(name, str) or name not in KINDS:
        raise InvalidFaultError("kind", f"must be one of {', '.join(KINDS)}")
    return KINDS[name]


def _target(kind: FaultKind, asked: Any) -> Mapping[str, str]:
    if not isinstance(asked, dict):
        raise InvalidFaultError("target", f"must be an object of {', '.join(kind.aims)}")
    target = {name: value for name, value in kind.default.items() if name in AIMS}
    for aim, name in asked.items():
        if aim not in kind.aims:
            raise InvalidFaultError(f"target.{aim[:64]}", f"is no aim of {kind.name}; it has {', '.join(kind.aims)}")
        try:
            target[aim] = text(name)
        except ValueError as problem:
            raise InvalidFaultError(f"target.{aim}", str(problem)) from None
    if "operation" in kind.default and target["operation"] not in MANAGEMENT_OPERATIONS:
        raise InvalidFaultError("target.operation", f"must be one of {', '.join(MANAGEMENT_OPERATIONS)}")
    return target
