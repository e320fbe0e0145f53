"""A payload and an answer are JSON values, whether or not they were ever written out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local_emulator.awslambda.payload import answer_of

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(values)
@example({"statusCode": 200, "body": "ü"})
@example({"statusCode": True, "body": None})
def test_an_answer_is_what_a_caller_would_read_of_it(result: Any) -> None:
    answer = answer_of(result)
    assert answer.text == json.dumps(result, ensure_ascii=False)
    assert repr(answer.value()) == repr(json.loads(json.dumps(result)))


def test_what_becomes_of_a_result_later_does_not_show() -> None:
    result = {"statusCode": 200, "body": "before"}
    answer = answer_of(result)
    result["body"] = "after"
    answer.value()["body"] = "spoilt"
    assert answer.value() == {"statusCode": 200, "body": "before"}


@pytest.mark.parametrize("result", [{1, 2}, {"a": object()}, b"bytes", {"n": 10**5000}])
def test_what_is_no_json_is_refused_at_once(result: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        answer_of(result)
