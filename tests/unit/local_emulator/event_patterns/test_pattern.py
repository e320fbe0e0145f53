"""The matcher against recorded decisions, and by properties."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import read_event
from local_emulator.event_patterns.pattern import MAX_ALTERNATIVES, parse_pattern

FILE = Path(__file__).parents[3] / "vectors" / "event_patterns.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
ACCEPTED = [vector for vector in VECTORS if "reason" not in vector]
REFUSED = [vector for vector in VECTORS if "reason" in vector]

KEYS = st.sampled_from(["a", "b", "a.b", "$or", "prefix"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["x", "", "5"])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
TEXTS = st.text(alphabet="ab*\\\n", max_size=6)


def _matches(pattern: object, event: object) -> bool:
    return parse_pattern(json.dumps(pattern)).matches(read_event(json.dumps(event)))


@pytest.mark.parametrize("vector", ACCEPTED, ids=lambda vector: f"V{vector['id']}")
def test_events_match_as_the_vectors_say(vector: dict[str, Any]) -> None:
    pattern = parse_pattern(vector["pattern"])

    assert [text for text in vector["matches"] if not pattern.matches(read_event(text))] == []
    assert [text for text in vector["differs"] if pattern.matches(read_event(text))] == []


@pytest.mark.parametrize("vector", REFUSED, ids=lambda vector: f"V{vector['id']}")
def test_a_wrong_pattern_is_refused_with_awss_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidPatternError) as refused:
        parse_pattern(vector["pattern"])

    assert refused.value.reason == vector["reason"]


def test_every_vector_is_there() -> None:
    assert len(VECTORS) == 78
    assert sum(len(vector["matches"]) + len(vector["differs"]) for vector in ACCEPTED) + len(REFUSED) == 194


@pytest.mark.parametrize("text", ["", "[]", "nope", "5", '{"a":[NaN]}', "[" * 100_000, '{"a":' * 100_000])
def test_a_text_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(InvalidPatternError):
        parse_pattern(text)


@given(JSON)
def test_any_json_is_a_pattern_or_is_refused(pattern: object) -> None:
    try:
        parse_pattern(json.dumps(pattern))
    except InvalidPatternError as refused:
        assert refused.reason


@given(JSON, st.sampled_from([vector["pattern"] for vector in ACCEPTED]))
def test_any_event_has_a_decision(event: object, pattern: str) -> None:
    assert parse_pattern(pattern).matches(read_event(json.dumps(event))) in (True, False)


@given(FLOATS, st.sampled_from(["{!r}", "{:.17e}", "{:+.0f}e0"]))
def test_a_number_is_the_same_however_it_is_written(number: float, form: str) -> None:
    written = form.format(number).lstrip("+")
    same = read_event(written)

    assert parse_pattern(f'{{"a":[{number!r}]}}').matches({"a": same}) == (
        float(written) == number and _is_short(written)
    )


def _is_short(text: str) -> bool:
    """The digits are those that a double keeps."""
    from decimal import Decimal

    return Decimal(repr(float(text))) == Decimal(text)


@given(TEXTS, TEXTS)
def test_a_wildcard_is_a_regular_expression_with_stars(pattern: str, text: str) -> None:
    try:
        found = _matches({"a": [{"wildcard": pattern}]}, {"a": text})
    except InvalidPatternError:
        assert re.search(r"\*\*|\\", pattern)
        return
    tokens = re.findall(r"\\[*\\]|\*|[^\\*]", pattern)
    expression = "".join(".*" if token == "*" else re.escape(token[-1]) for token in tokens)
    assert found == (re.fullmatch(expression, text, re.DOTALL) is not None)


@given(
    st.lists(st.sampled_from(["x", "y", 1, 2.5]), min_size=1).filter(lambda one: len({type(v) for v in one}) == 1),
    SCALARS,
)
def test_anything_but_is_the_opposite_for_one_leaf(values: list[Any], value: object) -> None:
    assert _matches({"a": [{"anything-but": values}]}, {"a": value}) != _matches({"a": values}, {"a": value})


ELEMENTS = st.lists(st.fixed_dictionaries({}, optional={"b": st.integers(0, 2), "c": st.integers(0, 2)}), max_size=3)


@given(ELEMENTS, st.integers(0, 2), st.integers(0, 2))
def test_two_fields_match_in_one_element(elements: list[dict[str, int]], b: int, c: int) -> None:
    expected = any(one.get("b") == b and one.get("c") == c for one in elements)

    assert _matches({"a": {"b": [b], "c": [c]}}, {"a": elements}) == expected


@given(st.recursive(ELEMENTS, lambda inner: st.lists(st.fixed_dictionaries({"d": inner}), max_size=3), max_leaves=4))
def test_a_choice_of_leaves_without_contradiction_is_found(event: list[Any]) -> None:
    """Against a search of every choice."""
    fields = [("a.b", 1), ("a.c", 1), ("a.d.b", 1), ("a.d.c", 1)]
    leaves = list(_leaves("", {"a": event}, ()))
    for count in (1, 2, 3, 4):
        for chosen in itertools.combinations(fields, count):
            options = [[at for path, value, at in leaves if (path, value) == field] for field in chosen]
            expected = any(_agree(choice) for choice in itertools.product(*options))
            assert _matches({path: [value] for path, value in chosen}, {"a": event}) == expected


def _leaves(path: str, value: Any, at: tuple[Any, ...]) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}".lstrip("."), item, at)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(path, item, (*at, (id(value), index)))
    else:
        yield path, value, at


def _agree(places: tuple[tuple[Any, ...], ...]) -> bool:
    chosen = {one for leaf in places for one in leaf}
    return len({name for name, _ in chosen}) == len(chosen)


def test_long_lists_take_no_time_that_grows_with_their_square() -> None:
    elements = [{"b": 1, "c": 2} for _ in range(5_000)]

    assert not _matches({"a": {"b": [1], "c": [3], "d": [{"exists": False}]}}, {"a": elements})
    assert not _matches({"a": {"b": [1], "c": [2], "e": [1]}}, {"a": [*elements, {"e": 1}]})


def test_many_stars_take_no_time_that_grows_with_their_number() -> None:
    assert not _matches({"a": [{"wildcard": "*a" * 200 + "b"}]}, {"a": "a" * 20_000})


def test_too_many_combinations_are_refused() -> None:
    branches = [{f"k{number}": [1]} for number in range(11)]
    with pytest.raises(InvalidPatternError, match=str(MAX_ALTERNATIVES)):
        parse_pattern({"a": {"$or": branches}, "b": {"$or": branches}, "c": {"$or": branches}})


def test_an_event_that_python_has_made_matches_like_its_json() -> None:
    assert parse_pattern({"a": [{"numeric": [">", 1]}]}).matches({"a": 1.5})
    assert not parse_pattern({"a": [1]}).matches({"a": True})
    assert parse_pattern({"a": [2**60 + 1]}).matches({"a": 2**60 + 1})
