"""Requests are read by a plan that is made once of AWS's model, and what depends on names alone is looked up once.

For each value of a request, moto asks the model for every member that it might have. For each request it lists the
methods of its class, and draws an id letter by letter. It compiles the patterns of a condition for each word.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.core import responses
from moto.core.parse import JSONParser, default_blob_parser, default_timestamp_parser
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType

from local_emulator.aws.moto_patches.patching import Patches

Read = Callable[[Any], Any]

SCALARS: dict[str, Read] = {
    **dict.fromkeys(("integer", "long", "byte", "short"), int),
    **dict.fromkeys(("float", "double"), float),
    "blob": default_blob_parser,
    "timestamp": default_timestamp_parser,
}
_OPERAND = r"(:|#)?[A-z0-9\-_]+"
WORDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("WHITESPACE", r"^ +"),
        ("COMPARATOR", r"^(<>|<=|>=|=|<|>)"),
        ("OPERAND", rf"^{_OPERAND}(\.{_OPERAND}|\[[0-9]\])*"),
        ("COMMA", r"^,"),
        ("LEFT_PAREN", r"^\("),
        ("RIGHT_PAREN", r"^\)"),
    )
)


def install_requests(patches: Patches) -> None:
    """Remembers what moto works out anew for every request, and reads bodies by a plan."""
    for name in ("method_names_from_class", "camelcase_to_underscores"):
        patches.replace(responses, name, lru_cache(1024)(getattr(responses, name)))
    patches.replace(responses, "gen_amzn_requestid_long", _request_id)
    patches.wrap(JSONParser, "_parse_json_body", _parse_json_body)
    patches.wrap(ConditionExpressionParser, "_lex_one_node", _lex_one_node)
    patches.replace(DynamoType, "__deepcopy__", _copy)


def _request_id(headers: dict[str, Any]) -> str:
    headers["x-amzn-requestid"] = request_id = str(uuid.uuid4())
    return request_id


def _parse_json_body(stock: Callable[..., Any]) -> Callable[..., Any]:
    def parse_json_body(parser: Any, body: Any, shape: Any) -> Any:
        if parser.MAP_TYPE is not dict:
            return stock(parser, body, shape)
        return _plan(shape)(parser._parse_body_as_json(body))

    return parse_json_body


@lru_cache(1024)
def _plan(shape: Any) -> Read:
    """Returns what reads a request of this shape; the model makes one shape for each operation."""
    return _reader(shape, {})


def _reader(shape: Any, plans: dict[str, Read]) -> Read:
    name = shape.name
    if name not in plans:
        plans[name] = lambda value: plans[name](value)  # a shape may hold itself, as AttributeValue does
        plans[name] = _MAKERS.get(shape.type_name, _scalar)(shape, plans)
    return plans[name]


def _structure(shape: Any, plans: dict[str, Read]) -> Read:
    if shape.is_document_type:
        return _scalar(shape, plans)
    members = [
        (member.serialization.get("name", name), name, _reader(member, plans)) for name, member in shape.members.items()
    ]
    by_name = {sent: (name, read) for sent, name, read in members}

    def read_structure(value: Any) -> Any:
        if value is None:
            return None
        if len(value) == 1:  # every value of an item
            [(sent, one)] = value.items()
            if sent not in by_name or one is None:
                return {}
            name, read = by_name[sent]
            return {name: read(one)}
        return {name: read(one) for sent, name, read in members if (one := value.get(sent)) is not None}

    return read_structure


def _list(shape: Any, plans: dict[str, Read]) -> Read:
    read = _reader(shape.member, plans)
    return lambda value: [read(one) for one in value]


def _map(shape: Any, plans: dict[str, Read]) -> Read:
    read_key, read = _reader(shape.key, plans), _reader(shape.value, plans)
    return lambda value: {read_key(key): read(one) for key, one in value.items()}


def _scalar(shape: Any, plans: dict[str, Read]) -> Read:
    return SCALARS.get(shape.type_name, lambda value: value)


_MAKERS = {"structure": _structure, "list": _list, "map": _map}


def _lex_one_node(stock: Callable[..., Any]) -> Callable[..., Any]:
    def lex_one_node(parser: Any, rest: str) -> Any:
        for kind, pattern in WORDS:
            if found := pattern.match(rest):
                text = found.group()
                nonterminal = getattr(parser.Nonterminal, kind)
                return parser.Node(nonterminal, parser.Kind.LITERAL, text, text, []), rest[len(text) :]
        return stock(parser, rest)

    return lex_one_node


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    """Copies a value with the values in it, but not its texts, because they never change. No value holds itself."""
    copied = object.__new__(value.__class__)
    copied.type, held = value.type, value.value
    if copied.type == "M":
        held = {name: _copy(one, memo) for name, one in held.items()}
    elif copied.type == "L":
        held = [_copy(one, memo) for one in held]
    elif copied.type in ("SS", "NS", "BS"):
        held = list(held)
    copied.value = held
    return copied
