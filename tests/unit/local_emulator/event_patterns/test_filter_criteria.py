from __future__ import annotations

import pytest

from local_emulator.event_patterns.filter_criteria import MAX_FILTERS, parse_filter_criteria
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError


@pytest.mark.parametrize("text", ["simple string", "null", '{"eventSource":"aws:sqs"}', '{"eventSource":[]}', '["x"]'])
def test_a_filter_that_lambda_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidPatternError, match="Invalid filter pattern definition"):
        parse_filter_criteria([text])


def test_too_many_filters_are_refused() -> None:
    with pytest.raises(InvalidPatternError, match="6 filters"):
        parse_filter_criteria(['{"body":["x"]}'] * (MAX_FILTERS + 1))


def test_filters_are_joined_by_or_and_none_lets_everything_through() -> None:
    either = parse_filter_criteria(['{"body":{"a":[1]}}', '{"body":{"b":[1]}}'])

    assert [either.matches_message({"body": body}) for body in ('{"a":1}', '{"b":1}', '{"c":1}')] == [True, True, False]
    assert parse_filter_criteria([]).matches_message({"body": "anything"})


@pytest.mark.parametrize(
    ("pattern", "body", "matches"),
    [
        ('{"body":{"k":["v"]}}', '{"k":"v"}', True),
        ('{"body":{"k":["v"]}}', "k=v", False),
        ('{"body":["plain"]}', "plain", True),
        ('{"body":["{\\"k\\":\\"v\\"}"]}', '{"k":"v"}', False),
        ('{"body":[{"prefix":"pl"}]}', "plain", True),
        ('{"body":{"k":[1],"k":[2]}}', '{"k":2}', True),
        ('{"body":{"k":{"n":[5]}}}', '{"k":[{"n":4},{"n":5.0}]}', True),
    ],
)
def test_a_body_is_matched_as_json_or_as_text(pattern: str, body: str, matches: bool) -> None:
    assert parse_filter_criteria([pattern]).matches_message({"body": body}) == matches


def test_numbers_of_dynamodb_are_texts() -> None:
    record = {"dynamodb": {"NewImage": {"n": {"N": "101"}}, "ApproximateCreationDateTime": 1_700_000_000}}
    number = '{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",100]}]}}}}'
    text = '{"dynamodb":{"NewImage":{"n":{"N":["101"]}}}}'
    moment = '{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",1]}]}}'

    assert [parse_filter_criteria([one]).matches(record) for one in (number, text, moment)] == [False, True, True]
