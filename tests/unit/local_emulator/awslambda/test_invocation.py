"""The reading of what a runtime has posted."""

import pytest

from local_emulator.awslambda.invocation import Invocation, Outcome
from local_emulator.awslambda.payload import Payload


def result(text: str, *, failed: bool = False) -> object:
    return Invocation("r1", Outcome(Payload(text), failed), 1.0).result


def test_a_result_is_its_json() -> None:
    assert result('{"statusCode": 200}') == {"statusCode": 200}


@pytest.mark.parametrize("text", ["", "plain text", "NaN", '{"statusCode": 200, "n": -Infinity}', "[" * 100_000])
def test_what_is_no_json_is_text(text: str) -> None:
    assert result(text) == text


@pytest.mark.parametrize("text", ["", "plain text", "[1]", '"text"', "[" * 100_000])
def test_an_error_that_is_no_object_has_its_text_as_message(text: str) -> None:
    assert result(text, failed=True) == {"errorMessage": text, "errorType": "Error"}
