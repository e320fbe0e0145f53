"""Attribute values, judged by boto3's own serializer."""

from decimal import Context, Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from infra.dynamodb.attribute_values import from_item, from_value, to_item, to_value

LARGEST = 10**38 - 1  # DynamoDB keeps 38 digits
INTEGERS = st.integers(-LARGEST, LARGEST)
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e120, max_value=1e120).filter(
    lambda value: value == 0 or abs(value) > 1e-120
)


@given(PLAIN)
def test_values_are_written_and_read_as_boto3_does(value: Any) -> None:
    assert to_value(value) == TypeSerializer().serialize(value)
    assert TypeDeserializer().deserialize(to_value(value)) == value


@given(st.dictionaries(st.text(), PLAIN | FLOATS, max_size=5))
def test_a_row_comes_back_as_it_was_with_its_types(row: dict[str, Any]) -> None:
    back = from_item(to_item(row))

    assert back == row
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in row.items()}


@given(FLOATS)
def test_a_fraction_keeps_its_value_in_dynamodbs_decimals(value: float) -> None:
    stored = Decimal(to_value(value)["N"])

    assert float(stored) == value
    assert Context(prec=38).create_decimal(stored) == stored


def test_a_tuple_is_a_list() -> None:
    assert to_value((1, ("a",))) == to_value([1, ["a"]])


@pytest.mark.parametrize("value", [b"x", {1, 2}, object(), Decimal(1)])
def test_what_we_never_store_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_value(value)


@pytest.mark.parametrize("value", [{"SS": ["a"]}, {"NS": ["1"]}, {"B": b"x"}, {"BS": [b"x"]}])
def test_attributes_of_types_that_a_newer_release_adds_are_left_out(value: dict[str, Any]) -> None:
    assert from_item({"kept": {"S": "a"}, "newer": value}) == {"kept": "a"}
    with pytest.raises(TypeError):
        from_value(value)


def test_numbers_are_read_as_dynamodb_writes_them() -> None:
    """DynamoDB trims zeros: 7.0 comes back as 7, and 1e3 as 1000."""
    numbers = {"a": {"N": "7"}, "b": {"N": "-0.5"}, "c": {"N": "1E+2"}}

    assert from_item(numbers) == {"a": 7, "b": -0.5, "c": 100}


def test_a_set_inside_a_newer_map_does_not_stop_an_older_reader() -> None:
    assert from_item({"newer": {"M": {"tags": {"SS": ["a"]}, "n": {"N": "1"}}}}) == {"newer": {"n": 1}}
    assert from_item({"newer": {"L": [{"SS": ["a"]}, {"N": "1"}]}, "kept": {"S": "a"}})["kept"] == "a"
