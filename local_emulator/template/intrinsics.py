"""Evaluates the intrinsic functions of a template, such as `!Sub` and `!If`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from local_emulator.template.coercion import as_integer, as_text
from local_emulator.template.document import Block, InvalidTemplateError, Items, Location, location_of


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE: Any = _NoValue()
"""The value of `!Ref AWS::NoValue`: the property or list item that holds it does not exist."""

CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
REFUSED = {"Fn::Transform": "is a macro that runs in AWS", "Fn::Cidr": "is not read: networks are not emulated"}
"""Intrinsics that exist but cannot be evaluated from the template alone, and why."""


class Names(Protocol):
    """Gives the meanings of a template's names. Each method raises InvalidTemplateError for an unknown name."""

    def reference(self, name: str, at: Location) -> Any: ...
    def attribute(self, name: str, attribute: str, at: Location) -> Any: ...
    def condition(self, name: str, at: Location) -> bool: ...
    def mapped(self, name: str, first: str, second: str, at: Location) -> Any: ...
    def zones(self, region: str) -> list[str]: ...
    def imported(self, name: str, at: Location) -> str: ...
    def resolve_dynamic(self, text: str, at: Location) -> str: ...


def intrinsic_name(value: Any) -> str | None:
    """Returns the name of the intrinsic that a value is: `Ref` or a lone key that begins with `Fn::`; else None."""
    if not isinstance(value, Block):
        return None
    names = [key for key in value if key.startswith("Fn::")] or (["Ref"] if list(value) == ["Ref"] else [])
    if names and names[0].startswith("Fn::ForEach"):
        message = "Fn::ForEach needs `Transform: AWS::LanguageExtensions`, and is no parameter"
        raise InvalidTemplateError(value.location_of(names[0]), message)
    if names and len(value) > 1:
        others = ", ".join(key for key in value if key != names[0])
        raise InvalidTemplateError(value.location_of(names[0]), f"{names[0]} must stand alone, not beside {others}")
    return names[0] if names else None


def placeholders(text: str) -> Iterator[tuple[str, str]]:
    """Yields the pieces of a Fn::Sub template: ("text", …), ("name", …) or ("invalid", …)."""
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
    """Evaluates values of a template, given the meanings of its names.

    `evaluate` returns the same tree with every intrinsic replaced by its value. Raises InvalidTemplateError.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def evaluate(self, value: Any) -> Any:
        name = intrinsic_name(value)
        if name:
            return self._call(name, value[name], value.location_of(name))
        if isinstance(value, Block):
            pairs = ((key, self.evaluate(item)) for key, item in value.items())
            return value.derive({key: item for key, item in pairs if item is not NO_VALUE})
        if isinstance(value, Items):
            evaluated = [(self.evaluate(item), value.location_of(i)) for i, item in enumerate(value)]
            kept = [pair for pair in evaluated if pair[0] is not NO_VALUE]
            return Items((item for item, _ in kept), value.location, (at for _, at in kept))
        return value

    def resolve_dynamic(self, text: str, at: Location) -> str:
        return self._names.resolve_dynamic(text, at)

    def outermost(self, value: Any) -> Any:
        """Returns the value with only its outermost intrinsics evaluated; nested ones stay as written."""
        while (name := intrinsic_name(value)) == "Fn::If":
            value = self.branch(value[name], value.location_of(name))
        return self.evaluate(value) if name else value

    def text(self, value: Any, at: Location) -> str:
        result = self.evaluate(value)
        text = as_text(result)
        if text is None:
            raise InvalidTemplateError(location_of(value, at), f"needs text here, not {_kind(result)}")
        return text

    def items(self, value: Any, at: Location) -> list[Any]:
        result = self.evaluate(value)
        if not isinstance(result, list):
            raise InvalidTemplateError(location_of(value, at), f"needs a list here, not {_kind(result)}")
        return result

    def is_true(self, value: Any, at: Location) -> bool:
        """Evaluates an expression of Conditions: nested Fn::And, Or, Not, Equals and Condition."""
        if not isinstance(value, Block) or len(value) != 1 or next(iter(value)) not in CONDITION_FUNCTIONS:
            known = ", ".join(sorted(CONDITION_FUNCTIONS))
            raise InvalidTemplateError(location_of(value, at), f"a condition must be one of {known}")
        ((name, argument),) = value.items()
        at = value.location_of(name)
        if name == "Condition":
            return self._names.condition(str(argument), at)
        if name == "Fn::Equals":
            left, right = self._arguments(name, argument, 2, at)
            return bool(_comparable(self.evaluate(left)) == _comparable(self.evaluate(right)))
        low, high = (1, 1) if name == "Fn::Not" else (2, 10)
        values = [self.is_true(part, at) for part in self._arguments(name, argument, low, at, high)]
        verdicts = {"Fn::And": all(values), "Fn::Or": any(values), "Fn::Not": not values[0]}
        return verdicts[name]

    def _call(self, name: str, argument: Any, at: Location) -> Any:
        if name in REFUSED:
            raise InvalidTemplateError(at, f"{name} {REFUSED[name]}")
        if name in CONDITION_FUNCTIONS:
            raise InvalidTemplateError(at, f"{name} may stand only in Conditions")
        if name not in FUNCTIONS:
            raise InvalidTemplateError(at, f"unknown intrinsic function {name}")
        return FUNCTIONS[name](self, argument, at)

    def imported(self, argument: Any, at: Location) -> str:
        return self._names.imported(self.text(argument, at), at)

    def zones(self, argument: Any, at: Location) -> list[str]:
        return self._names.zones(self.text(argument, at))

    def ref(self, argument: Any, at: Location) -> Any:
        if not isinstance(argument, str):
            raise InvalidTemplateError(at, f"Ref needs a name, not {_kind(argument)}")
        return NO_VALUE if argument == "AWS::NoValue" else self._names.reference(argument, at)

    def get_att(self, argument: Any, at: Location) -> Any:
        name, attribute = attribute_of(argument, at)
        return self._names.attribute(name, self.text(attribute, at), at)

    def sub(self, argument: Any, at: Location) -> str:
        template, variables = substitution_of(argument, at)
        return "".join(self._substituted(kind, piece, variables, at) for kind, piece in placeholders(template))

    def _substituted(self, kind: str, piece: str, variables: Block, at: Location) -> str:
        if kind == "text":
            return piece
        if kind == "invalid":
            raise InvalidTemplateError(
                at, f"Fn::Sub: ${{{piece}}} is not a name; write ${{!{piece}}} for the text itself"
            )
        if piece in variables:
            return self.text(variables[piece], variables.location_of(piece))
        value = self._name(piece, at)
        text = as_text(value)
        if text is None:
            raise InvalidTemplateError(at, f"Fn::Sub: ${{{piece}}} is {_kind(value)}, not text")
        return text

    def _name(self, name: str, at: Location) -> Any:
        head, dot, attribute = name.partition(".")
        return self._names.attribute(head, attribute, at) if dot else self.ref(name, at)

    def join(self, argument: Any, at: Location) -> str:
        delimiter, parts = self._arguments("Fn::Join", argument, 2, at)
        return self.text(delimiter, at).join(self.text(part, at) for part in self.items(parts, at))

    def split(self, argument: Any, at: Location) -> list[str]:
        delimiter, source = self._arguments("Fn::Split", argument, 2, at)
        by = self.text(delimiter, at)
        if not by:
            raise InvalidTemplateError(at, "Fn::Split needs a delimiter that is not empty")
        return self.text(source, at).split(by)

    def select(self, argument: Any, at: Location) -> Any:
        position, source = self._arguments("Fn::Select", argument, 2, at)
        index, options = as_integer(self.evaluate(position)), self.items(source, at)
        if index is None or not 0 <= index < len(options):
            raise InvalidTemplateError(at, f"Fn::Select: no item {index} in a list of {len(options)}")
        return options[index]

    def branch(self, argument: Any, at: Location) -> Any:
        name, then, otherwise = self._arguments("Fn::If", argument, 3, at)
        if not isinstance(name, str):
            raise InvalidTemplateError(at, "Fn::If needs the name of a condition first")
        return then if self._names.condition(name, at) else otherwise

    def find_in_map(self, argument: Any, at: Location) -> Any:
        name, first, second, *rest = self._arguments("Fn::FindInMap", argument, 3, at, 4)
        keys = [self.text(key, at) for key in (name, first, second)]
        try:
            return self._names.mapped(keys[0], keys[1], keys[2], at)
        except InvalidTemplateError:
            if not rest or not isinstance(rest[0], Block) or "DefaultValue" not in rest[0]:
                raise
            return self.evaluate(rest[0]["DefaultValue"])

    def _arguments(self, name: str, argument: Any, low: int, at: Location, high: int | None = None) -> list[Any]:
        high = high or low
        if not isinstance(argument, list) or not low <= len(argument) <= high:
            count = str(low) if low == high else f"{low} to {high}"
            raise InvalidTemplateError(at, f"{name} needs a list of {count}")
        return argument


FUNCTIONS: dict[str, Callable[[Intrinsics, Any, Location], Any]] = {
    "Ref": Intrinsics.ref,
    "Fn::GetAtt": Intrinsics.get_att,
    "Fn::Sub": Intrinsics.sub,
    "Fn::Join": Intrinsics.join,
    "Fn::Select": Intrinsics.select,
    "Fn::Split": Intrinsics.split,
    "Fn::If": lambda intrinsics, argument, at: intrinsics.evaluate(intrinsics.branch(argument, at)),
    "Fn::FindInMap": Intrinsics.find_in_map,
    "Fn::Base64": lambda intrinsics, argument, at: base64.b64encode(intrinsics.text(argument, at).encode()).decode(),
    "Fn::GetAZs": Intrinsics.zones,
    "Fn::ImportValue": Intrinsics.imported,
    "Fn::Length": lambda intrinsics, argument, at: len(intrinsics.items(argument, at)),
    "Fn::ToJsonString": lambda intrinsics, argument, at: json.dumps(
        intrinsics.evaluate(argument), separators=(",", ":")
    ),
}
INTRINSICS = frozenset({*FUNCTIONS, *REFUSED})
"""Every intrinsic that a value may be."""


def attribute_of(argument: Any, at: Location) -> tuple[str, Any]:
    """Returns logical id and attribute of a Fn::GetAtt, in either of its forms; an attribute may be a Ref."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2 or not isinstance(argument[0], str):
        raise InvalidTemplateError(at, "Fn::GetAtt needs a logical id and an attribute")
    name, *rest = argument
    if all(isinstance(part, str) for part in rest):
        return name, ".".join(rest)
    if len(rest) > 1:
        raise InvalidTemplateError(at, "Fn::GetAtt needs a logical id and an attribute")
    return name, rest[0]


def substitution_of(argument: Any, at: Location) -> tuple[str, Block]:
    """Returns template and variables of a Fn::Sub, in either of its forms."""
    template, variables = (argument, Block({}, at)) if isinstance(argument, str) else (None, None)
    if isinstance(argument, list) and len(argument) == 2:
        template, variables = argument
    if not isinstance(template, str) or not isinstance(variables, Block):
        raise InvalidTemplateError(at, "Fn::Sub needs text, or a list of text and a mapping of variables")
    return template, variables


def _comparable(value: Any) -> Any:
    """Fn::Equals compares strings: `true` of YAML equals the parameter value "true"."""
    text = as_text(value)
    return value if text is None else text


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), repr(value))
