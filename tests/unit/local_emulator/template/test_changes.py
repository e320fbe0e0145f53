"""The comparison of two deployments."""

from __future__ import annotations

from dataclasses import replace

from local_emulator.template.changes import changes
from testing.template_snippets import function, resource


def test_the_same_template_has_no_changes(read):
    assert changes(read(function("CodeUri: .")), read(function("CodeUri: ."))) == ""


def test_each_part_is_named_by_what_happened_to_it(read):
    old = read(function("CodeUri: .") + "\n" + resource("AWS::SQS::Queue", "", "Old"))
    new = read(function("CodeUri: ., Timeout: 9") + "\n" + resource("AWS::SQS::Queue", "", "New"))
    assert changes(old, new) == "changed: F; added: New; removed: Old"


def test_a_route_is_named_with_its_api(read):
    old = read()
    api = old.apis[0]
    key, route = next(iter(api.routes.items()))
    new = replace(old, apis=(replace(api, routes={key: replace(route, timeout_ms=50)}),))
    assert changes(old, new) == f"changed: Api route {key}"
    assert changes(old, replace(old, apis=(replace(api, stage_name="other"),))).startswith("added: Api stage other")


def test_many_names_are_cut(read):
    more = "\n".join(resource("AWS::SQS::Queue", "", f"Q{number}") for number in range(7))
    assert changes(read(), read(more)).endswith("Q4, 2 more")
