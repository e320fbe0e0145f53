import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.route_selection import InvalidSelectionError, RouteSelection, select_route

# The message and the table of AWS's page on routes.
CHAT = json.dumps({"service": "chat", "action": "join", "data": {"room": "room1234"}})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("$request.body.action", "join"),
        ("${request.body.action}", "join"),
        ("${request.body.service}/${request.body.action}", "chat/join"),
        ("${request.body.action}-${request.body.invalidPath}", "join-"),
        ("action", "action"),
        ("\\$default", "$default"),
        ("$request.body.data.room", "room1234"),
        ("$request.body.data.nothing.at.all", ""),
        ("$request.body.action.deeper", ""),
        ("$request.body.service/$request.body.action", "chat/join"),
        ("${request.body.service}-v2", "chat-v2"),
        ("v1.${request.body.action}", "v1.join"),
        ("\\$${request.body.action}", "$join"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_expressions_evaluate_as_documented(expression: str, key: str) -> None:
    assert RouteSelection(expression).key(CHAT) == key


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("$request.body['type']", "a"),
        ('$request.body["type"]', "a"),
        ("${request.body['two words']}", "b"),
        ("$request.body.items[0].kind", "first"),
        ("${request.body.items[1]['kind']}", "second"),
        ("$request.body.items[-1].kind", "second"),
        ("$request.body.items[2].kind", ""),
        ("$request.body.items.kind", ""),
        ("$request.body.type[0]", ""),
        ("$request.body['']", "empty"),
        ("$request.body.dash-ed", "c"),
        ("$request.body.größe", "d"),
    ],
)
def test_names_in_brackets_and_indices_are_followed(expression: str, key: str) -> None:
    message = {"type": "a", "two words": "b", "dash-ed": "c", "größe": "d", "": "empty"}
    body = json.dumps({**message, "items": [{"kind": "first"}, {"kind": "second"}]})
    assert RouteSelection(expression).key(body) == key


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ('"join"', "join"),
        ('""', ""),
        ('"1"', "1"),
        ("1", "1"),
        ("-7", "-7"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ('["a", "b"]', "[a, b]"),
        ("[1, [true]]", "[1, [true]]"),
        ("{}", "{}"),
        ('{"a": 1, "b": "c"}', "{a=1, b=c}"),
    ],
)
def test_the_value_is_made_a_string(value: str, key: str) -> None:
    assert RouteSelection("$request.body.action").key(f'{{"action": {value}}}') == key


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "{",
        "{action: join}",
        "{'action': 'join'}",
        '{"action": NaN}',
        '{"action": Infinity}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("expression", ["$request.body.action", "static", "$request.body"])
def test_what_is_not_json_has_no_key(expression: str, body: str) -> None:
    assert RouteSelection(expression).key(body) == ""


@pytest.mark.parametrize("body", ["1", '"join"', "null", "[]", '[{"action": "join"}]'])
def test_json_that_is_no_object_has_no_action(body: str) -> None:
    assert RouteSelection("$request.body.action").key(body) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "$",
        "${}",
        "$request",
        "$request.header.action",
        "$request.querystring.action",
        "$context.routeKey",
        "$requestXbody.action",
        "$request.bodyguard",
        "$request.body.",
        "$request.body..action",
        "$request.body.*",
        "$request.body[*]",
        "$request.body[0:2]",
        "$request.body[?(@.a)]",
        "$request.body[0",
        "$request.body.keys()",
        "${request.body.action",
        "${request.body.action:3}",
        "${request.body['action]}",
        "${$request.body.action}",
    ],
)
def test_an_expression_that_cannot_be_evaluated_is_refused_when_read(expression: str) -> None:
    with pytest.raises(InvalidSelectionError, match="RouteSelectionExpression") as refusal:
        RouteSelection(expression)
    assert refusal.value.expression == expression


@given(st.text())
def test_any_expression_is_read_or_refused(expression: str) -> None:
    with suppress(InvalidSelectionError):
        assert isinstance(RouteSelection(expression).key(CHAT), str)


@given(st.text() | json_values.map(json.dumps))
@example('{"action": "\\ud800"}')
@example("\ufeff{}")
@example('{"a":' * 20_000 + "1" + "}" * 20_000)
def test_any_message_finds_a_route_or_none(body: str) -> None:
    key = RouteSelection("${request.body.action}/$request.body[0]").key(body)
    assert select_route({"$default": 1}, key) == 1
    assert select_route({}, key) is None


@given(st.text(), st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_a_string_is_its_own_key(action: str, rest: dict[str, Any]) -> None:
    assert RouteSelection("$request.body.action").key(json.dumps({**rest, "action": action})) == action


def test_the_exact_route_is_taken_before_the_default_one() -> None:
    routes = {"join": "join", "$default": "default"}
    assert select_route(routes, "join") == "join"
    assert select_route(routes, "Join") == "default"
    assert select_route(routes, "") == "default"


def test_without_a_match_and_a_default_there_is_no_route() -> None:
    assert select_route({"join": "join", "$connect": "connect"}, "leave") is None


@pytest.mark.parametrize("key", ["$connect", "$disconnect"])
def test_a_message_cannot_reach_the_routes_of_the_connection_itself(key: str) -> None:
    routes = {"$connect": "connect", "$disconnect": "disconnect"}
    assert select_route(routes, key) is None
    assert select_route({**routes, "$default": "default"}, key) == "default"


def test_the_default_route_can_be_named() -> None:
    assert select_route({"$default": "default"}, RouteSelection("\\$default").key("{}")) == "default"
