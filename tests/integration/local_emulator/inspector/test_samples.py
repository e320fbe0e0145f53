from pathlib import Path
from typing import Any

import jsonschema
import pytest

from domain.disconnect_request import is_disconnect_request, parse_disconnect_request
from domain.update import FIELDS, STATUSES, parse_update
from local_emulator.inspector.samples import samples, schema
from tests.integration.local_emulator.inspector.conftest import Inspected

ROOT = Path(__file__).parents[4]
OURS = ROOT / "template.yaml"
PUSH = samples(OURS, "PushFunction")


def test_a_functions_own_samples_come_before_those_for_all(tmp_path: Path) -> None:
    events = tmp_path / "events"
    (events / "Push").mkdir(parents=True)
    (events / "event.json").write_text('{"for": "all"}')
    (events / "Push" / "small.json").write_text("[1]")
    (events / "Push" / "broken.json").write_text("{")
    (events / "Push.schema.json").write_text('{"type": "array"}')

    template = tmp_path / "template.yaml"
    broken, small, common = samples(template, "Push")
    assert broken["name"] == "broken" and "Expecting" in broken["problem"]
    assert (small, common) == ({"name": "small", "event": [1]}, {"name": "event", "event": {"for": "all"}})
    assert samples(template, "Other") == [common]
    assert (schema(template, "Push"), schema(template, "Other")) == ({"type": "array"}, None)
    assert samples(tmp_path / "elsewhere" / "template.yaml", "Push") == []


def test_a_sample_that_is_too_large_says_so(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "large.json").write_text('"' + "x" * 300_000 + '"')
    [large] = samples(tmp_path / "template.yaml", "Push")
    assert "262144 bytes" in large["problem"]


async def test_every_function_is_offered_with_its_samples_and_its_form(inspected: Inspected) -> None:
    functions = {one["logicalId"]: one for one in (await inspected.ask("functions"))["functions"]}
    assert set(functions) == {"Authorizer", "Connect", "Disconnect", "Echo", "Sweep"}
    assert functions["Sweep"]["samples"] == [{"name": "deep", "event": {"depth": 2}}]
    assert functions["Sweep"]["schema"]["required"] == ["depth"]
    assert functions["Echo"] | {"samples": [], "schema": None} == functions["Echo"]


def test_the_form_of_our_push_has_the_fields_of_the_contract() -> None:
    form = schema(OURS, "PushFunction")
    jsonschema.Draft202012Validator.check_schema(form)
    assert set(form["properties"]) == FIELDS
    assert form["properties"]["status"]["enum"] == list(STATUSES)


@pytest.mark.parametrize("sample", PUSH, ids=lambda one: one["name"])
def test_our_samples_are_what_push_takes(sample: dict[str, Any]) -> None:
    event = sample["event"]
    for item in event.get("updates", [event]):
        if is_disconnect_request(item):
            parse_disconnect_request(item)
        else:
            parse_update(item, received_at=1_700_000_000_000)
            jsonschema.validate(item, schema(OURS, "PushFunction"))


def test_there_are_samples_to_begin_with() -> None:
    assert {one["name"] for one in PUSH} >= {"uploading", "completed", "failed", "retry", "batch"}
