from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.faults.fields import InvalidFaultError
from local_emulator.faults.kinds import AIMS, KINDS
from local_emulator.faults.latency import Latency
from local_emulator.faults.parsing import read_fault, read_fault_line
from local_emulator.faults.registry import Fault


def test_everything_that_can_be_asked_for_is_read() -> None:
    asked = {"kind": "management-error", "target": {"user": "ann", "operation": "delete"}, "after": 2, "times": 3}
    more = {"probability": 0.5, "seed": 7, "status": 429, "retryAfterSeconds": 2, "carriedOut": True}
    assert read_fault(asked | more) == Fault(
        "management-error",
        {"user": "ann", "operation": "delete"},
        after=2,
        times=3,
        probability=0.5,
        seed=7,
        settings={"status": 429, "retryAfterSeconds": 2, "carriedOut": True},
    )


def test_what_is_left_out_is_the_kinds_own_default() -> None:
    fault = read_fault({"kind": "management-error", "status": 410})
    assert (fault.target, fault.settings) == ({"operation": "post"}, {"status": 410, "carriedOut": False})
    assert read_fault({"kind": "lost-disconnect"}) == Fault("lost-disconnect")
    assert read_fault({"kind": "cold-start"}).settings["delayMs"] == Latency("fixed", (500.0,))


@pytest.mark.parametrize(
    ("asked", "field", "problem"),
    [
        ([], "body", "is not a JSON object"),
        ({}, "kind", "must be one of lost-disconnect, half-open"),
        ({"kind": "flood"}, "kind", "dynamodb-throttled"),
        ({"kind": ["lost-disconnect"]}, "kind", "must be one of"),
        ({"kind": "lost-disconnect", "time": 1}, "time", "it has kind, target, after, times, probability, seed"),
        ({"kind": "lost-disconnect", "status": 410}, "status", "is no field of lost-disconnect"),
        ({"kind": "management-error"}, "status", "is missing"),
        ({"kind": "management-error", "status": 418}, "status", "one of 403, 410, 413, 429, 500"),
        ({"kind": "management-error", "status": True}, "status", "one of"),
        ({"kind": "management-error", "status": "410"}, "status", "one of"),
        ({"kind": "management-error", "status": 410, "carriedOut": 1}, "carriedOut", "one of true, false"),
        ({"kind": "lost-disconnect", "times": 0}, "times", "an integer of 1"),
        ({"kind": "lost-disconnect", "times": 1.0}, "times", "an integer of 1"),
        ({"kind": "lost-disconnect", "times": "1"}, "times", "an integer of 1"),
        ({"kind": "lost-disconnect", "after": -1}, "after", "an integer of 0"),
        ({"kind": "lost-disconnect", "probability": 0}, "probability", "above 0"),
        ({"kind": "lost-disconnect", "probability": float("nan")}, "probability", "above 0"),
        ({"kind": "invoke-latency"}, "delayMs", "is missing"),
        ({"kind": "invoke-latency", "delayMs": "long"}, "delayMs", "uniform(100, 300)"),
        ({"kind": "reordered-delivery", "window": 1}, "window", "an integer of 2 to 64"),
        ({"kind": "function-error", "errorType": ""}, "errorType", "1 to 256"),
        ({"kind": "function-error", "errorMessage": "a\nb"}, "errorMessage", "printable"),
        ({"kind": "lost-disconnect", "target": "ann"}, "target", "an object of connection, user"),
        ({"kind": "lost-disconnect", "target": {"table": "t"}}, "target.table", "it has connection, user"),
        ({"kind": "authorizer-error", "target": {"user": "ann"}}, "target.user", "it has function"),
        ({"kind": "lost-disconnect", "target": {"user": 7}}, "target.user", "must be a text"),
        (
            {"kind": "management-error", "status": 410, "target": {"operation": "put"}},
            "target.operation",
            "must be one of post, get, delete",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_field(asked: Any, field: str, problem: str) -> None:
    with pytest.raises(InvalidFaultError) as refused:
        read_fault(asked)
    assert refused.value.field == field
    assert str(refused.value).startswith(field) and problem in str(refused.value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_no_value_of_a_field_breaks_the_reading(value: Any) -> None:
    for kind in KINDS.values():
        for name in ("target", *kind.all_fields):
            try:
                read_fault({"kind": kind.name, name: value})
            except InvalidFaultError as refused:
                assert refused.field.partition(".")[0] in ("target", *kind.all_fields)


def test_a_line_means_the_same_as_the_object() -> None:
    line = "management-error status=429 user=42 operation=post after=2 times=1 carriedOut=true probability=0.5"
    assert read_fault_line(line) == {
        "kind": "management-error",
        "target": {"user": "42", "operation": "post"},
        "status": 429,
        "after": 2,
        "times": 1,
        "carriedOut": True,
        "probability": 0.5,
    }
    assert read_fault_line("function-error errorType=MemoryError errorMessage='out of memory' when=after") == {
        "kind": "function-error",
        "errorType": "MemoryError",
        "errorMessage": "out of memory",
        "when": "after",
    }
    assert read_fault_line("late-delivery 'delayMs=uniform(1, 2)'")["delayMs"] == "uniform(1, 2)"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("", "body"),
        ("late-delivery delayMs='1", "body"),
        ("late-delivery delayMs", "delayMs"),
        ("late-delivery =1", "=1"),
        ("late-delivery delayMs=soon", "delayMs"),
        ("late-delivery delayMs=1 times=often", "times"),
        ("late-delivery delayMs=1 colour=red", "colour"),
        ("flood", "kind"),
    ],
)
def test_a_line_is_refused_as_its_object_would_be(line: str, field: str) -> None:
    with pytest.raises(InvalidFaultError) as refused:
        read_fault(read_fault_line(line))
    assert refused.value.field == field


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_default_and_every_aim_of_a_kind_can_be_asked_for(kind: Any) -> None:
    examples = {"status": 410, "delayMs": 1}
    required = {name: examples[name] for name in kind.required}
    target = {aim: "post" if aim == "operation" else "x" for aim in kind.aims}
    fault = read_fault({"kind": kind.name, "target": target, **required})
    assert fault.target == target
    assert fault.settings.keys() >= {name for name in kind.default if name not in AIMS}
