"""The methods that mapping templates may call: one table for each kind of value, as Java's classes have them.

A template reaches these functions alone. A method that is in no table is refused before a template runs. One that the
kind of the value does not have, or has with other arguments, gives "" as in API Gateway (recorded).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local_emulator.apigateway.mapping import java_regex
from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.errors import MappingError
from local_emulator.apigateway.mapping.input import InputObject
from local_emulator.apigateway.mapping.java_text import JavaArray, JavaChar, JavaSet
from local_emulator.apigateway.mapping.operations import compare, equal, is_number, is_text
from local_emulator.apigateway.mapping.utilities import (
    Utilities,
    base64_decode,
    base64_encode,
    escape_javascript,
    parse_json,
    url_decode,
    url_encode,
)

MIN_INT, MAX_INT = -(2**31), 2**31 - 1


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and MIN_INT <= value <= MAX_INT


# The letters of a signature: text, int, list, map, number, boolean, anything.
_KINDS: dict[str, Callable[[Any], bool]] = {
    "t": is_text,
    "i": _is_int,
    "l": lambda value: isinstance(value, list) and not isinstance(value, JavaArray),
    "m": lambda value: isinstance(value, dict),
    "n": is_number,
    "b": lambda value: isinstance(value, bool),
    "o": lambda value: True,
}


@dataclass(frozen=True, slots=True)
class Method:
    """One overload: the kinds of its arguments, and what it does with budget, receiver and arguments."""

    signature: str
    run: Callable[..., Any]

    def takes(self, arguments: list[Any]) -> bool:
        return len(arguments) == len(self.signature) and all(
            _KINDS[kind](argument) for kind, argument in zip(self.signature, arguments, strict=True)
        )


Table = Mapping[str, tuple[Method, ...]]


def _table(**methods: Any) -> Table:
    """Returns a table of methods, each given by pairs of signature and function."""
    return {
        name: tuple(Method(pairs[number], pairs[number + 1]) for number in range(0, len(pairs), 2))
        for name, pairs in methods.items()
    }


def _at(text: Any, index: int) -> Any:
    if not 0 <= index < len(text):
        raise MappingError(f"index {index} is outside of {len(text)}")
    return text[index]


def _substring(budget: Budget, text: str, first: int, last: int | None = None) -> str:
    last = len(text) if last is None else last
    if not 0 <= first <= last <= len(text):
        raise MappingError(f"substring {first} to {last} is outside of {len(text)}")
    return text[first:last]


def _insert(budget: Budget, items: list[Any], index: int, value: Any) -> None:
    if not 0 <= index <= len(items):
        raise MappingError(f"index {index} is outside of {len(items)}")
    items.insert(index, value)


def _replace_item(budget: Budget, items: list[Any], index: int, value: Any) -> Any:
    before = _at(items, index)
    items[index] = value
    return before


def _remove_item(budget: Budget, items: list[Any], value: Any) -> Any:
    found = _position(budget, items, value)
    if found >= 0:
        del items[found]
    return found >= 0


def _position(budget: Budget, items: list[Any], value: Any) -> int:
    return next((number for number, item in enumerate(items) if equal(budget, item, value)), -1)


def _last_position(budget: Budget, items: list[Any], value: Any) -> int:
    back = _position(budget, items[::-1], value)
    return len(items) - 1 - back if back >= 0 else -1


def _sublist(budget: Budget, items: list[Any], first: int, last: int) -> list[Any]:
    if not 0 <= first <= last <= len(items):
        raise MappingError(f"subList {first} to {last} is outside of {len(items)}")
    budget.spend(last - first)
    return items[first:last]


def _add_all(budget: Budget, items: list[Any], more: list[Any]) -> bool:
    budget.spend(len(more))
    items.extend(list(more))
    return bool(more)


def is_key(value: Any) -> bool:
    """Returns True for a key of which Python and Java agree when it is the same."""
    return is_text(value) or (isinstance(value, int) and not isinstance(value, bool))


def map_key(key: Any) -> Any:
    """Returns the key under which a map stores a value. Raises MappingError for another kind of key."""
    if not is_key(key):
        raise MappingError("a key of a map is neither text nor a whole number")
    return key


def _put(budget: Budget, items: dict[Any, Any], key: Any, value: Any) -> Any:
    before = items.get(map_key(key))
    items[key] = value
    return before


def _put_all(budget: Budget, items: dict[Any, Any], more: dict[Any, Any]) -> None:
    budget.spend(len(more))
    items.update(dict(more))


def _get(budget: Budget, items: dict[Any, Any], key: Any, otherwise: Any = None) -> Any:
    return items.get(key, otherwise) if is_key(key) else otherwise


def _views(view: Callable[[dict[Any, Any]], Any]) -> Callable[[Budget, dict[Any, Any]], list[Any]]:
    def run(budget: Budget, items: dict[Any, Any]) -> list[Any]:
        budget.spend(len(items))
        return JavaSet(view(items), items)

    return run


def _whole(budget: Budget, number: Any) -> int:
    if isinstance(number, float) and not math.isfinite(number):
        raise MappingError("a number is not finite")
    return int(number)


def _long_text(run: Callable[..., Any]) -> Callable[..., Any]:
    """Charges a function of texts for what it reads and writes."""

    def charged(budget: Budget, text: str, *arguments: Any) -> Any:
        result = run(text, *arguments)
        budget.spend_text(len(text))
        if isinstance(result, str):
            budget.spend_text(len(result))
        return result

    return charged


def _find(text: str, part: str | int, start: int = 0) -> int:
    part = chr(part) if isinstance(part, int) and 0 <= part < 0x110000 else part
    return text.find(part, max(start, 0)) if isinstance(part, str) else -1


def _find_last(text: str, part: str | int) -> int:
    part = chr(part) if isinstance(part, int) and 0 <= part < 0x110000 else part
    return text.rfind(part) if isinstance(part, str) else -1


def _replaced(budget: Budget, text: str, old: str, new: str) -> str:
    budget.spend_text(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _order(left: str, right: str) -> int:
    for one, other in zip(left, right, strict=False):
        if one != other:
            return ord(one) - ord(other)
    return len(left) - len(right)


_ANY = _table(
    toString=("", lambda budget, value: budget.text(value)),
    equals=("o", equal),
)
TEXT = {
    **_ANY,
    **_table(
        length=("", lambda budget, text: len(text)),
        isEmpty=("", lambda budget, text: not text),
        charAt=("i", lambda budget, text, index: JavaChar(_at(text, index))),
        substring=("i", _substring, "ii", _substring),
        indexOf=("t", _long_text(_find), "i", _long_text(_find), "ti", _long_text(_find), "ii", _long_text(_find)),
        lastIndexOf=("t", _long_text(_find_last), "i", _long_text(_find_last)),
        startsWith=("t", _long_text(str.startswith)),
        endsWith=("t", _long_text(str.endswith)),
        contains=("t", _long_text(lambda text, part: part in text)),
        equalsIgnoreCase=("t", _long_text(lambda text, other: text.casefold() == other.casefold())),
        compareTo=("t", _long_text(_order)),
        compareToIgnoreCase=("t", _long_text(lambda text, other: _order(text.lower(), other.lower()))),
        concat=("t", _long_text(lambda text, other: text + other)),
        replace=("tt", _replaced),
        replaceAll=("tt", java_regex.replace_all),
        replaceFirst=("tt", java_regex.replace_first),
        matches=("t", java_regex.matches),
        split=("t", java_regex.split, "ti", java_regex.split),
        toLowerCase=("", _long_text(str.lower)),
        toUpperCase=("", _long_text(str.upper)),
        trim=("", _long_text(lambda text: text.strip("".join(map(chr, range(33)))))),
    ),
}
CHARACTER = {**_ANY, **_table(compareTo=("o", lambda budget, one, other: _order(one, str(other))))}
NUMBER = {
    **_ANY,
    **_table(
        intValue=("", lambda budget, number: (_whole(budget, number) + 2**31) % 2**32 - 2**31),
        longValue=("", lambda budget, number: (_whole(budget, number) + 2**63) % 2**64 - 2**63),
        doubleValue=("", lambda budget, number: float(number)),
        compareTo=("n", lambda budget, one, other: compare(one, other)),
    ),
}
BOOLEAN = {**_ANY, **_table(booleanValue=("", lambda budget, value: value))}
_SIZED = _table(
    size=("", lambda budget, items: len(items)),
    isEmpty=("", lambda budget, items: not items),
)
_COLLECTION = {
    **_ANY,
    **_SIZED,
    **_table(contains=("o", lambda budget, items, value: _position(budget, items, value) >= 0)),
}
SET = _COLLECTION
ARRAY = {**_SIZED, **_table(get=("i", lambda budget, items, index: _at(items, index)))}
LIST = {
    **_COLLECTION,
    **_table(
        get=("i", lambda budget, items, index: _at(items, index)),
        set=("io", _replace_item),
        add=("o", lambda budget, items, value: (items.append(value), True)[1], "io", _insert),
        addAll=("l", _add_all),
        remove=("i", lambda budget, items, index: (_at(items, index), items.pop(index))[1], "o", _remove_item),
        indexOf=("o", _position),
        lastIndexOf=("o", _last_position),
        subList=("ii", _sublist),
        clear=("", lambda budget, items: items.clear()),
    ),
}
MAP = {
    **_ANY,
    **_SIZED,
    **_table(
        get=("o", _get),
        getOrDefault=("oo", _get),
        put=("oo", _put),
        putAll=("m", _put_all),
        remove=("o", lambda budget, items, key: items.pop(key, None) if is_key(key) else None),
        containsKey=("o", lambda budget, items, key: is_key(key) and key in items),
        containsValue=("o", lambda budget, items, value: _position(budget, list(items.values()), value) >= 0),
        keySet=("", _views(lambda items: items.keys())),
        values=("", _views(lambda items: items.values())),
        entrySet=("", _views(lambda items: items.items())),
        clear=("", lambda budget, items: items.clear()),
    ),
}
ENTRY = {
    **_ANY,
    **_table(getKey=("", lambda budget, entry: entry[0]), getValue=("", lambda budget, entry: entry[1])),
}
INPUT = _table(
    json=("t", lambda budget, source, path: source.json(budget, path)),
    path=("t", lambda budget, source, path: source.path(budget, path)),
    params=("", lambda budget, source: source.parameters, "t", lambda budget, source, name: source.parameter(name)),
)
UTIL = _table(
    escapeJavaScript=("t", escape_javascript),
    parseJson=("t", parse_json),
    urlEncode=("t", url_encode),
    urlDecode=("t", url_decode),
    base64Encode=("t", base64_encode),
    base64Decode=("t", base64_decode),
)

_TABLES: tuple[tuple[type, Table], ...] = (
    (InputObject, INPUT),
    (Utilities, UTIL),
    (JavaChar, CHARACTER),
    (str, TEXT),
    (bool, BOOLEAN),
    (int, NUMBER),
    (float, NUMBER),
    (Decimal, NUMBER),
    (JavaArray, ARRAY),
    (JavaSet, SET),
    (list, LIST),
    (dict, MAP),
    (tuple, ENTRY),
)
METHOD_NAMES = frozenset(name for _, table in _TABLES for name in table)


def call(budget: Budget, receiver: Any, name: str, arguments: list[Any]) -> Any:
    """Returns the result of a method, None if the receiver has no such method. Raises MappingError."""
    for kind, table in _TABLES:
        if isinstance(receiver, kind):
            found = next((method for method in table.get(name, ()) if method.takes(arguments)), None)
            if found is None:
                _refuse_null(name, arguments, table)
                return None
            return found.run(budget, receiver, *arguments)
    return None


def _refuse_null(name: str, arguments: list[Any], table: Table) -> None:
    """Raises MappingError for a call with null, which Java makes where the kind of an argument is no primitive."""
    if any(argument is None for argument in arguments) and any(
        len(method.signature) == len(arguments) for method in table.get(name, ())
    ):
        raise MappingError(f"{name} is called with null")
