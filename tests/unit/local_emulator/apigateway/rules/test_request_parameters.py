"""Sources and targets of request parameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.request_parameters import InvalidRequestParameterError, RequestParameters

SOURCES: dict[str, Any] = {
    "route": {
        "request": {
            "body": {"a": {"b": [1, {"c": "x"}]}, "n": 1.0, "t": True, "z": None},
            "header": {"X-Custom.Name": "h"},
            "multivalueheader": {"X-Custom.Name": ["h", "i"]},
            "querystring": {"q": "1"},
            "multivaluequerystring": {"q": ["0", "1"]},
        }
    },
    "context": {"connectionId": "c1", "identity": {"sourceIp": "::1"}},
    "stageVariables": {"word": "pong"},
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'constant, with $ and .'", "constant, with $ and ."),
        ("''", ""),
        ("context.connectionId", "c1"),
        ("context.identity.sourceIp", "::1"),
        ("context.nothing", None),
        ("stageVariables.word", "pong"),
        ("route.request.header.x-custom.name", "h"),
        ("route.request.multivalueheader.X-Custom.Name", "h,i"),
        ("route.request.querystring.q", "1"),
        ("route.request.multivaluequerystring.q", "0,1"),
        ("route.request.body.a.b.1.c", "x"),
        ("route.request.body.n", "1.0"),
        ("route.request.body.t", "true"),
        ("route.request.body.z", None),
        ("route.request.body.a.b.9", None),
    ],
)
def test_a_source_has_its_value_or_makes_no_parameter(source: str, value: str | None) -> None:
    values = RequestParameters({"integration.request.header.X": source}).values(SOURCES)
    assert values.header == ({} if value is None else {"X": value})
    assert values.querystring == values.path == {}


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("integration.request.header.X", "context"),
        ("integration.request.header.X", "method.request.header.Y"),
        ("integration.request.header.X", "'unfinished"),
        ("integration.request.header.X", ""),
        ("integration.request.header.a b", "'x'"),
        ("integration.request.body.X", "'x'"),
        ("method.response.header.X", "'x'"),
    ],
)
def test_other_parameters_are_refused(target: str, source: str) -> None:
    with pytest.raises(InvalidRequestParameterError):
        RequestParameters({target: source})


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_a_parameter_or_is_refused(target: str, source: str) -> None:
    try:
        RequestParameters({target: source}).values(SOURCES)
        RequestParameters({"integration.request.path.x": source}).values(SOURCES)
    except InvalidRequestParameterError as refusal:
        assert str(refusal)
