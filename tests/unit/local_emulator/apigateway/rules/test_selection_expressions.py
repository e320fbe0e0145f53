"""Template selection expressions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.selection_expressions import InvalidTemplateSelectionError, TemplateSelection

SOURCES: dict[str, Any] = {
    "request": {
        "body": {"kind": "a", "deep": {"list": [1, "x"]}, "n": 2},
        "header": {"X-Kind": "h"},
        "querystring": {},
    },
    "context": {"routeKey": "ping"},
    "stageVariables": {"kind": "s"},
    "integration": {"response": {"statuscode": "404", "header": {"X-Error": "e"}, "body": {"code": 5}}},
}


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("200", "200"),
        ("$default", "$default"),
        (r"\$default", "$default"),
        ("$request.body.kind", "a"),
        ("${request.body.kind}", "a"),
        ("${request.body.kind}/${context.routeKey}", "a/ping"),
        ("x-${stageVariables.kind}-y", "x-s-y"),
        ("$request.body.deep.list.1", "x"),
        ("$request.body.deep.list", "[1, x]"),
        ("$request.body.n", "2"),
        ("$request.body.nothing.here", ""),
        ("$request.header.x-kind", "h"),
        ("$request.querystring.kind", ""),
        ("$integration.response.statuscode", "404"),
        ("$integration.response.header.x-error", "e"),
        ("$integration.response.body.code", "5"),
    ],
)
def test_an_expression_gives_the_key_of_a_template(expression: str, key: str) -> None:
    assert TemplateSelection(expression).key(SOURCES) == key


@pytest.mark.parametrize(
    "expression", ["$", "$body.kind", "${request.body.kind", "$request", "$method.request.x", "a$b"]
)
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InvalidTemplateSelectionError):
        TemplateSelection(expression)


@given(st.text(max_size=40))
def test_any_text_gives_a_key_or_is_refused(expression: str) -> None:
    try:
        assert isinstance(TemplateSelection(expression).key(SOURCES), str)
    except InvalidTemplateSelectionError as refusal:
        assert "\n" not in str(refusal)
