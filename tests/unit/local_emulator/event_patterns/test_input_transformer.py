from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.event_patterns.input_transformer import InvalidTargetError, read_target_input
from local_emulator.event_patterns.json_path import MISSING, value_at

EVENT = {
    "detail-type": "Uploaded",
    "source": "uploads",
    "time": "2026-11-30T12:00:00Z",
    "resources": ["one", "two"],
    "detail": {
        "kind": "update",
        "user": {"id": "u1"},
        "list": ["HIGH"],
        "pair": ["A", "B"],
        "done": True,
        "n": 5,
        "nothing": None,
        "quote": 'say "hi"',
        "parts": [{"n": 1}, {"n": 2}],
    },
}


def _payload(given: dict[str, Any]) -> str | None:
    return read_target_input("t", given).payload(EVENT, "rule", "arn:rule", "2026-11-30T12:00:01Z")


def _rendered(template: str, path: str) -> str | None:
    return _payload({"InputTransformer": {"InputPathsMap": {"x": path}, "InputTemplate": template}})


@pytest.mark.parametrize(
    ("template", "path", "result"),
    [
        ('{"c": <x>}', "$.detail.kind", '{"c": "update"}'),
        ('{"c": "<x>"}', "$.detail.kind", '{"c": "update"}'),
        ('"it is <x>"', "$.detail.kind", '"it is update"'),
        ('{"c": <x>}', "$.detail.user", '{"c": {"id":"u1"}}'),
        ('"got <x>"', "$.detail.user", '"got {id:u1}"'),
        ('"got <x>"', "$.detail.list", '"got [HIGH]"'),
        ('"got <x>"', "$.detail.pair", '"got [A,B]"'),
        ('{"c": "<x>"}', "$.detail.user", None),
        ('"<x>"', "$.detail.done", '"true"'),
        ('{"c": <x>}', "$.detail.done", '{"c": true}'),
        ('{"c": <x>}', "$.detail.n", '{"c": 5}'),
        ('"<x>."', "$.detail.nowhere", '"."'),
        ('{"c": <x>}', "$.detail.nowhere", '{"c": ""}'),
        ('{"c": <x>}', "$.detail.nothing", '{"c": null}'),
        ('{"c": "<x>"}', "$.detail.quote", None),
        ('{"c": <x>}', "$.detail.parts[1].n", '{"c": 2}'),
        ('{"c": <x>}', "$.detail.parts[*].n", '{"c": [1,2]}'),
        ('{"t": <x>, "n": <x>}', "$.detail-type", '{"t": "Uploaded", "n": "Uploaded"}'),
    ],
)
def test_a_template_is_rendered_as_aws_does(template: str, path: str, result: str | None) -> None:
    assert _rendered(template, path) == result


def test_the_words_of_eventbridge_need_no_path() -> None:
    template = (
        '{"r": "<aws.events.rule-name> <aws.events.rule-arn>", "at": <aws.events.event.ingestion-time>,'
        ' "all": <aws.events.event.json>, "bare": <aws.events.event>}'
    )

    found = json.loads(_payload({"InputTransformer": {"InputTemplate": template}}) or "")

    assert (found["r"], found["at"]) == ("rule arn:rule", "2026-11-30T12:00:01Z")
    assert found["all"] == EVENT
    assert found["bare"]["detailType"] == "Uploaded" and not {"detail", "detail-type"} & found["bare"].keys()


def test_an_input_is_constant_and_an_input_path_gives_json() -> None:
    assert _payload({"Input": '{"a":1}'}) == '{"a":1}'
    assert _payload({"InputPath": "$.detail.kind"}) == '"update"'
    assert json.loads(_payload({"InputPath": "$.detail"}) or "") == EVENT["detail"]
    assert json.loads(_payload({}) or "") == EVENT


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of Input, InputPath, or InputTransformer"),
        (
            {"InputTransformer": {"InputTemplate": '"<y>"', "InputPathsMap": {"x": "$"}}},
            "contains invalid placeholder y",
        ),
        ({"InputTransformer": {"InputPathsMap": {}}}, "needs an InputTemplate"),
        (
            {"InputTransformer": {"InputTemplate": "1", "InputPathsMap": {f"v{n}": "$" for n in range(101)}}},
            "more than 100",
        ),
        ({"InputPath": "detail"}, "no JSON path"),
        ({"InputPath": "$.detail[?(@.x)]"}, "no JSON path"),
        ({"Input": "text"}, "not valid JSON"),
        ({"Input": {"a": 1}}, "not valid JSON"),
        ({"InputTransformer": ["x"]}, "needs an InputTemplate"),
        ({"InputTransformer": {"InputTemplate": "1", "InputPathsMap": ["x"]}}, "must be a mapping"),
    ],
)
def test_a_target_that_eventbridge_refuses_is_refused(target: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidTargetError, match=reason):
        read_target_input("t", target)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["x", "y"]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["k", "j"]), inner),
    )
)
def test_a_value_of_json_stays_itself_in_a_template_of_json(value: object) -> None:
    target = read_target_input(
        "t", {"InputTransformer": {"InputPathsMap": {"x": "$.v"}, "InputTemplate": '{"c": <x>}'}}
    )

    assert json.loads(target.payload({"v": value}, "", "", "") or "") == {"c": value}


def test_a_path_may_lead_nowhere() -> None:
    assert value_at({"a": [1]}, "$.a[1]") is MISSING
    assert value_at({"a": 1}, "$.a.b") is MISSING
    assert value_at({"a": {"b": 1}}, "$.a.*") == [1]
    assert value_at({"it's": 1, "a b": 2}, "$['a b']") == 2
