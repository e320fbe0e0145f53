"""The resources that a changed template adds, changes and removes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from local_emulator.aws.resource_changes import added_resources, by_key, outdated_resources
from local_emulator.deployment import Deployment, Resource


def _queue(name: str, **properties: object) -> Resource:
    return Resource(name, name, name, f"arn:{name}", "AWS::SQS::Queue", properties)


def _deployment(*queues: Resource) -> Deployment:
    place = (Path("template.yaml"), "us-east-1", "123456789012", "local", {}, (), {})
    return replace(Deployment(*place), queues={queue.logical_id: queue for queue in queues})


def test_only_what_is_not_created_yet_is_added():
    created = by_key(_deployment(_queue("A")))
    added = added_resources(created, _deployment(_queue("A", Delay=1), _queue("B")))
    assert list(added.queues) == ["B"]


def test_a_renamed_resource_is_another_one():
    created = by_key(_deployment(_queue("A")))
    renamed = replace(_queue("A"), name="other")
    assert list(added_resources(created, _deployment(renamed)).queues) == ["A"]


def test_changed_and_removed_resources_wait_for_a_restart():
    created = by_key(_deployment(_queue("A"), _queue("B"), _queue("C")))
    first, second = outdated_resources(created, _deployment(_queue("A", Delay=1), _queue("C")))
    assert first.startswith("A (AWS::SQS::Queue) has changed")
    assert second.startswith("B (AWS::SQS::Queue) is no longer in the template")
    assert "until a restart" in first and "until a restart" in second
