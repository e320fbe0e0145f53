from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local_emulator.aws.event_entries import InvalidEntryError, event_of_entry

NOW = datetime(2026, 1, 1, 12, 0, 0, 999, UTC)
ENTRY = {"Source": "shop", "DetailType": "Sold", "Detail": '{"n": 1}'}


def _event(**changes: Any) -> dict[str, Any]:
    return event_of_entry({**ENTRY, **changes}, "id", "123456789012", "eu-west-1", NOW)


@pytest.mark.parametrize(
    "time", [1_767_225_600, 1_767_225_600.5, "2026-01-01T01:00:00+01:00", datetime(2026, 1, 1, tzinfo=UTC)]
)
def test_a_time_is_in_whole_seconds_of_utc(time: object) -> None:
    assert _event(Time=time)["time"] == "2026-01-01T00:00:00Z"


def test_an_event_without_a_time_has_the_present_one() -> None:
    event = _event()

    assert (event["time"], event["detail"], event["resources"]) == ("2026-01-01T12:00:00Z", {"n": 1}, [])


@pytest.mark.parametrize("name", ["Source", "DetailType", "Detail"])
def test_an_entry_needs_its_fields(name: str) -> None:
    with pytest.raises(InvalidEntryError, match=f"{name} is a required argument") as refused:
        _event(**{name: ""})
    assert refused.value.code == "InvalidArgument"


@pytest.mark.parametrize("detail", ["text", "[]", "5", "null", json.dumps("{}"), "[" * 100_000])
def test_a_detail_must_be_an_object(detail: str) -> None:
    with pytest.raises(InvalidEntryError) as refused:
        _event(Detail=detail)
    assert refused.value.code == "MalformedDetail"
