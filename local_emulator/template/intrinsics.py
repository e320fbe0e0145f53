"""Intrinsic functions: what `!Sub`, `!If` and the others of a template mean."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from local_emulator.template.coercion import as_integer, as_text
from local_emulator.template.document import Block, InvalidTemplateError, Items, line_of


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Any = _NoValue()
"""What `!Ref AWS::NoValue` gives: the property or list item that holds it does not exist."""

CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
REFUSED = {
    "Fn::Transform": "is a macro that runs in AWS",
    "Fn::Cidr": "is not read: networks are not emulated",
}
"""Intrinsics that exist but cannot be evaluated from the template alone, and why."""
EVALUATED = (
    "Base64",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
)
INTRINSICS = frozenset({"Ref", *(f"Fn::{name}" for name in EVALUATED), *REFUSED})
"""Every intrinsic that a value may be."""


class Scope(Protocol):
    """What the names of a template mean; each raises InvalidTemplateError for a name that means nothing."""

    path: Path

    def reference(self, name: str, line: int) -> Any: ...
    def attribute(self, name: str, attribute: str, line: int) -> Any: ...
    def condition(self, name: str, line: int) -> bool: ...
    def mapped(self, name: str, first: str, second: str, line: int) -> Any: ...
    def zones(self, region: str) -> list[str]: ...
    def imported(self, name: str, line: int) -> str: ...


def intrinsic_name(path: Path, value: Any) -> str | None:
    """The name of the intrinsic that a value is, or None: `Ref` or a lone key that begins with `Fn::`."""
    if not isinstance(value, Block):
        return None
    names = [key for key in value if key.startswith("Fn::")] or (["Ref"] if list(value) == ["Ref"] else [])
    if names and names[0].startswith("Fn::ForEach"):
        raise InvalidTemplateError(path, value.line_of(names[0]), "Fn::ForEach is not read: write the entries out")
    if names and len(value) > 1:
        others = ", ".join(key for key in value if key != names[0])
        raise InvalidTemplateError(path, value.line_of(names[0]), f"{names[0]} must stand alone, not beside {others}")
    return names[0] if names else None


def placeholders(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of a Fn::Sub template: ("text", …), ("name", …) or ("invalid", …)."""
    position = 0
    for match in re.finditer(r"\$\{([^}]*)\}", text):
        yield "text", text[position : match.start()]
        inner, position = match[1], match.end()
        if inner.startswith("!"):  # ${!Literal} resolves to ${Literal}
            yield "text", "${" + inner[1:] + "}"
        else:
            yield ("name" if re.fullmatch(r"[A-Za-z0-9.:_]+", inner) else "invalid"), inner
    yield "text", text[position:]


class Intrinsics:
    """Evaluates values of a template in a scope.

    `evaluate` gives the same tree with every intrinsic replaced by its value. Raises InvalidTemplateError.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._functions: dict[str, Callable[[Any, int], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda argument, line: base64.b64encode(self.text(argument, line).encode()).decode(),
            "Fn::GetAZs": lambda argument, line: self._scope.zones(self.text(argument, line)),
            "Fn::ImportValue": lambda argument, line: self._scope.imported(self.text(argument, line), line),
            "Fn::Length": lambda argument, line: len(self.items(argument, line)),
            "Fn::ToJsonString": lambda argument, line: json.dumps(self.evaluate(argument, line), separators=(",", ":")),
        }

    def evaluate(self, value: Any, line: int = 0) -> Any:
        line = line_of(value, line)
        name = intrinsic_name(self._scope.path, value)
        if name:
            return self._call(name, value[name], value.line_of(name))
        if isinstance(value, Block):
            pairs = ((key, self.evaluate(item, value.line_of(key))) for key, item in value.items())
            return value.derive({key: item for key, item in pairs if item is not NO_VALUE})
        if isinstance(value, Items):
            evaluated = [(self.evaluate(item, value.line_of(i)), value.line_of(i)) for i, item in enumerate(value)]
            kept = [pair for pair in evaluated if pair[0] is not NO_VALUE]
            return Items((item for item, _ in kept), value.line, (at for _, at in kept))
        return value

    def outermost(self, value: Any, line: int = 0) -> Any:
        """The value with only its outermost intrinsics evaluated; what is inside is left as written."""
        while (name := intrinsic_name(self._scope.path, value)) == "Fn::If":
            value = self._branch(value[name], value.line_of(name))
        return self.evaluate(value, line) if name else value

    def text(self, value: Any, line: int) -> str:
        result = self.evaluate(value, line)
        text = as_text(result)
        if text is None:
            raise self._error(line_of(value, line), f"needs text here, not {_kind(result)}")
        return text

    def items(self, value: Any, line: int) -> list[Any]:
        result = self.evaluate(value, line)
        if not isinstance(result, list):
            raise self._error(line_of(value, line), f"needs a list here, not {_kind(result)}")
        return result

    def holds(self, value: Any, line: int) -> bool:
        """The truth of an expression of Conditions: Fn::And, Or, Not, Equals, Condition, nested at will."""
        if not isinstance(value, Block) or len(value) != 1 or next(iter(value)) not in CONDITION_FUNCTIONS:
            known = ", ".join(sorted(CONDITION_FUNCTIONS))
            raise self._error(line_of(value, line), f"a condition must be one of {known}")
        ((name, argument),) = value.items()
        line = value.line_of(name)
        if name == "Condition":
            return self._scope.condition(str(argument), line)
        if name == "Fn::Equals":
            left, right = self._arguments(name, argument, 2, line)
            return bool(_comparable(self.evaluate(left, line)) == _comparable(self.evaluate(right, line)))
        low, high = (1, 1) if name == "Fn::Not" else (2, 10)
        truths = [self.holds(part, line) for part in self._arguments(name, argument, low, line, high)]
        verdicts = {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}
        return verdicts[name]

    def _call(self, name: str, argument: Any, line: int) -> Any:
        if name in REFUSED:
            raise self._error(line, f"{name} {REFUSED[name]}")
        if name in CONDITION_FUNCTIONS:
            raise self._error(line, f"{name} may stand only in Conditions")
        if name not in self._functions:
            raise self._error(line, f"unknown intrinsic function {name}")
        return self._functions[name](argument, line)

    def _ref(self, argument: Any, line: int) -> Any:
        if not isinstance(argument, str):
            raise self._error(line, f"Ref needs a name, not {_kind(argument)}")
        return NO_VALUE if argument == "AWS::NoValue" else self._scope.reference(argument, line)

    def _get_att(self, argument: Any, line: int) -> Any:
        name, attribute = attribute_of(self._scope.path, argument, line)
        return self._scope.attribute(name, self.text(attribute, line), line)

    def _sub(self, argument: Any, line: int) -> str:
        template, variables = substitution_of(self._scope.path, argument, line)
        return "".join(self._substituted(kind, piece, variables, line) for kind, piece in placeholders(template))

    def _substituted(self, kind: str, piece: str, variables: Block, line: int) -> str:
        if kind == "text":
            return piece
        if kind == "invalid":
            raise self._error(line, f"Fn::Sub: ${{{piece}}} is not a name; write ${{!{piece}}} for the text itself")
        if piece in variables:
            return self.text(variables[piece], variables.line_of(piece))
        value = self._name(piece, line)
        text = as_text(value)
        if text is None:
            raise self._error(line, f"Fn::Sub: ${{{piece}}} is {_kind(value)}, not text")
        return text

    def _name(self, name: str, line: int) -> Any:
        head, dot, attribute = name.partition(".")
        return self._scope.attribute(head, attribute, line) if dot else self._ref(name, line)

    def _join(self, argument: Any, line: int) -> str:
        delimiter, parts = self._arguments("Fn::Join", argument, 2, line)
        return self.text(delimiter, line).join(self.text(part, line) for part in self.items(parts, line))

    def _split(self, argument: Any, line: int) -> list[str]:
        delimiter, source = self._arguments("Fn::Split", argument, 2, line)
        by = self.text(delimiter, line)
        if not by:
            raise self._error(line, "Fn::Split needs a delimiter that is not empty")
        return self.text(source, line).split(by)

    def _select(self, argument: Any, line: int) -> Any:
        position, source = self._arguments("Fn::Select", argument, 2, line)
        index, options = as_integer(self.evaluate(position, line)), self.items(source, line)
        if index is None or not 0 <= index < len(options):
            raise self._error(line, f"Fn::Select: no item {index} in a list of {len(options)}")
        return options[index]

    def _branch(self, argument: Any, line: int) -> Any:
        name, then, otherwise = self._arguments("Fn::If", argument, 3, line)
        if not isinstance(name, str):
            raise self._error(line, "Fn::If needs the name of a condition first")
        return then if self._scope.condition(name, line) else otherwise

    def _if(self, argument: Any, line: int) -> Any:
        return self.evaluate(self._branch(argument, line), line)

    def _find_in_map(self, argument: Any, line: int) -> Any:
        name, first, second, *rest = self._arguments("Fn::FindInMap", argument, 3, line, 4)
        keys = [self.text(key, line) for key in (name, first, second)]
        try:
            return self._scope.mapped(keys[0], keys[1], keys[2], line)
        except InvalidTemplateError:
            if not rest or not isinstance(rest[0], Block) or "DefaultValue" not in rest[0]:
                raise
            return self.evaluate(rest[0]["DefaultValue"], line)

    def _arguments(self, name: str, argument: Any, low: int, line: int, high: int | None = None) -> list[Any]:
        high = high or low
        if not isinstance(argument, list) or not low <= len(argument) <= high:
            count = str(low) if low == high else f"{low} to {high}"
            raise self._error(line, f"{name} needs a list of {count}")
        return argument

    def _error(self, line: int, message: str) -> InvalidTemplateError:
        return InvalidTemplateError(self._scope.path, line, message)


def attribute_of(path: Path, argument: Any, line: int) -> tuple[str, Any]:
    """Logical id and attribute of a Fn::GetAtt, in either of its forms; an attribute may be a Ref."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2 or not isinstance(argument[0], str):
        raise InvalidTemplateError(path, line, "Fn::GetAtt needs a logical id and an attribute")
    name, *rest = argument
    if all(isinstance(part, str) for part in rest):
        return name, ".".join(rest)
    if len(rest) > 1:
        raise InvalidTemplateError(path, line, "Fn::GetAtt needs a logical id and an attribute")
    return name, rest[0]


def substitution_of(path: Path, argument: Any, line: int) -> tuple[str, Block]:
    """Template and variables of a Fn::Sub, in either of its forms."""
    template, variables = (argument, Block()) if isinstance(argument, str) else (None, None)
    if isinstance(argument, list) and len(argument) == 2:
        template, variables = argument
    if not isinstance(template, str) or not isinstance(variables, Block):
        raise InvalidTemplateError(path, line, "Fn::Sub needs text, or a list of text and a mapping of variables")
    return template, variables


def _comparable(value: Any) -> Any:
    """Fn::Equals compares strings: `true` of YAML equals the parameter value "true"."""
    text = as_text(value)
    return value if text is None else text


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), repr(value))
