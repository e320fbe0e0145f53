"""Route selection: the expression of an API, evaluated over the text of a message.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html and
apigateway-websocket-api-selection-expressions.html.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

from local_emulator.awslambda.payload import refuse_constant

DEFAULT_ROUTE: Final = "$default"
SPECIAL_ROUTES: Final = ("$connect", "$disconnect", DEFAULT_ROUTE)

T = TypeVar("T")
Path = tuple[str | int, ...]
Part = str | Path

_VARIABLE_START = re.compile(r"request\.body(?![\w-])")
_ESCAPED = re.compile(r"\\\$")
_LITERAL = re.compile(r"[^$\\]+|\\(?!\$)")
_STEP = re.compile(
    r"""\.(?P<name>[^\s.\[\]{}()$/\\'"@?*,:;|]+)"""
    r"""|\[(?P<index>-?\d{1,9})\]"""
    r"""|\['(?P<single>[^']*)'\]"""
    r"""|\["(?P<double>[^"]*)"\]"""
)
# After an unwrapped variable these begin unsupported JSONPath; read as literal text they would mislead.
_JSONPATH_CHARACTERS = frozenset(".[]()*?@")


class InvalidSelectionError(ValueError):
    """A route selection expression cannot be evaluated here; `expression` is its text."""

    def __init__(self, expression: str, problem: str) -> None:
        super().__init__(f"RouteSelectionExpression {expression!r}: {problem}")
        self.expression = expression
        self.problem = problem


class _Number(str):
    """A number in the digits the client wrote, so that 1 stays "1" and a thousand digits cost nothing."""


class RouteSelection:
    r"""A route selection expression, parsed once. Raises InvalidSelectionError if it cannot be evaluated.

    Documented: variables are `$request.body.a.b` or `${request.body.a}`, with static text between them, and `\$` is a
    plain dollar sign. Of JSONPath: names, ['names'] and [indices].
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self._parts = _parse(expression)
        only = self._parts[0] if len(self._parts) == 1 else ""
        self._only = None if isinstance(only, str) else only

    def key(self, body: str) -> str:
        """Returns the route key of `body`; "" if it is not JSON, which goes to $default (documented)."""
        try:
            message = _DECODER.decode(body)
            if self._only is not None:
                return _resolve(message, self._only)
            return "".join(part if isinstance(part, str) else _resolve(message, part) for part in self._parts)
        except (ValueError, RecursionError):
            return ""


def custom_keys(routes: Mapping[str, T]) -> tuple[str, ...]:
    """Returns the route keys that a message can name."""
    return tuple(key for key in routes if not key.startswith("$"))


def select_route(routes: Mapping[str, T], key: str) -> T | None:
    """Returns the route of `key`: the exact one, else $default, else None, which gets a Forbidden frame.

    Documented: the order. Inferred: a client cannot reach $connect or $disconnect by their names, because `$`
    is reserved for the predefined routes.
    """
    if not key.startswith("$") and key in routes:
        return routes[key]
    return routes.get(DEFAULT_ROUTE)


def _parse(expression: str) -> tuple[Part, ...]:
    if not expression:
        raise InvalidSelectionError(expression, "it is empty; WebSocket APIs require one, such as $request.body.action")
    parts: list[Part] = []
    position = 0
    while position < len(expression):
        part, position = _parse_part(expression, position)
        parts.append(part)
    return tuple(parts)


def _parse_part(expression: str, position: int) -> tuple[Part, int]:
    if _ESCAPED.match(expression, position):
        return "$", position + 2
    if literal := _LITERAL.match(expression, position):
        return literal.group(), literal.end()
    if expression.startswith("${", position):
        return _parse_wrapped(expression, position + 2)
    return _parse_unwrapped(expression, position + 1)


def _parse_wrapped(expression: str, position: int) -> tuple[Path, int]:
    path, end = _parse_variable(expression, position)
    if not expression.startswith("}", end):
        _refuse(expression, end)
    return path, end + 1


def _parse_unwrapped(expression: str, position: int) -> tuple[Path, int]:
    path, end = _parse_variable(expression, position)
    if expression[end : end + 1] in _JSONPATH_CHARACTERS:
        _refuse(expression, end)
    return path, end


def _parse_variable(expression: str, position: int) -> tuple[Path, int]:
    start = _VARIABLE_START.match(expression, position)
    if start is None:
        raise InvalidSelectionError(expression, "a variable must begin with $request.body or ${request.body")
    position = start.end()
    path: list[str | int] = []
    while step := _STEP.match(expression, position):
        path.append(_step(step))
        position = step.end()
    return tuple(path), position


def _step(step: re.Match[str]) -> str | int:
    if step["index"] is not None:
        return int(step["index"])
    return next(name for name in (step["name"], step["single"], step["double"]) if name is not None)


def _refuse(expression: str, position: int) -> NoReturn:
    rest = expression[position:] or "the end"
    raise InvalidSelectionError(expression, f"cannot read it from {rest!r} on; supported are .name, ['name'] and [0]")


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=refuse_constant)


def _resolve(message: Any, path: Path) -> str:
    value = message
    try:
        for step in path:
            value = _child(value, step)
    except LookupError:
        # Documented: a path that is not found resolves to "".
        return ""
    return _stringify(value)


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    raise LookupError(step)


def _stringify(value: Any) -> str:
    """Documented: an array becomes `[item1, item2]`. Inferred from it: an object becomes `{name=value}`.

    Unknown: null, here "null".
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_stringify, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_stringify(item)}' for name, item in value.items())}}}"
    return json.dumps(value)
