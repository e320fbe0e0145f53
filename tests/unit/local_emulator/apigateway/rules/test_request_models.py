import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.request_models import InvalidModelError, RouteModels, check_schema

NAMED = {"type": "object", "required": ["name"]}
NUMBER = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3, "exclusiveMinimum": True}}}


@pytest.mark.parametrize("expression", ["$default", r"\$default"])
def test_default_alone_selects_the_default_model(expression):
    models = RouteModels(expression, {"$default": NAMED})
    assert models.problem('{"name": 1}') is None
    assert models.problem('{"kind": "name"}')


def test_the_value_of_the_expression_selects_else_the_default():
    models = RouteModels("$request.body.kind", {"number": NUMBER, "$default": NAMED})
    assert models.problem('{"kind": "number", "n": 4}') is None
    assert models.problem('{"kind": "number", "n": 3}')  # draft 4: a flag beside the minimum
    assert models.problem('{"kind": "other", "name": 1}') is None
    assert models.problem('{"kind": "other", "n": 4}')


def test_without_a_match_and_a_default_validation_fails():
    assert RouteModels("$request.body.kind", {"number": NUMBER}).problem('{"kind": "other"}')


@given(st.text())
def test_any_text_is_judged(text):
    assert RouteModels("$default", {"$default": {}}).problem(text) in (None, "the message is not JSON")


@pytest.mark.parametrize("body", ["", "no JSON", "{", "[" * 100_000])
def test_what_is_no_json_fits_no_model(body):
    assert RouteModels("$default", {"$default": {}}).problem(body)


@pytest.mark.parametrize("schema", [{"type": "nothing"}, [], {"required": "name"}])
def test_what_is_no_schema_is_named(schema):
    with pytest.raises(InvalidModelError):
        check_schema(schema)
