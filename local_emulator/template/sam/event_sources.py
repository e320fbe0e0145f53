"""Lowers the events of a SAM function: queues, streams, topics, buckets, rules and schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from local_emulator.template.document import Block, Items
from local_emulator.template.resource import DeclaredResource, listed

SAM_EVENT = "SAM event "
"""Prefix for the type of an event that the emulator does not run."""
BUCKET_EVENT = "SAM bucket event"
"""The type of an S3 event, which SAM adds to the properties of the bucket."""
MAPPING, RULE, SUBSCRIPTION = "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::SNS::Subscription"


def event_resources(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    """Yields the plain resources of one event; `event.logical_id` is the function's."""
    yield from _EVENTS.get(event.type, _other_event)(logical_id, event)


def _schedule(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    own = event.properties
    target = {"Id": f"{logical_id}LambdaTarget", "Arn": _arn(event), "Input": own.get("Input")}
    target = {key: value for key, value in target.items() if value is not None}
    yield event.generates(
        logical_id,
        RULE,
        {
            "Name": own.get("Name"),
            "ScheduleExpression": own.get("Schedule"),
            # SAM's translator takes anything but a literal false for true, an intrinsic too.
            "State": own.get("State", "DISABLED" if own.get("Enabled") is False else "ENABLED"),
            "Targets": listed(event, Block(target, own.location, own.locations)),
        },
    )


def _schedule_v2(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    own = event.properties
    target = Block({"Arn": _arn(event)}, own.location, own.locations)
    if "Input" in own:
        target["Input"] = own["Input"]
    # SAM names the schedule after its logical id, unlike every other resource, unless OmitName is true.
    name = own.get("Name", None if own.get("OmitName") is True else logical_id)
    yield event.generates(logical_id, "AWS::Scheduler::Schedule", {**own, "Name": name, "Target": target})


def _mapping(source: str) -> Callable[[str, DeclaredResource], Iterator[DeclaredResource]]:
    def mapping(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
        own = {key: value for key, value in event.properties.items() if key != source}
        properties = {**own, "EventSourceArn": event.properties.get(source), "FunctionName": _arn(event)}
        yield event.generates(logical_id, MAPPING, properties, {"EventSourceArn": source})

    return mapping


def _rule(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    own = event.properties
    given = own.get("Target")
    identifier = given.get("Id") if isinstance(given, Block) else None
    names = ("Input", "InputPath", "InputTransformer", "DeadLetterConfig")
    target = {"Id": identifier or f"{logical_id}LambdaTarget", "Arn": _arn(event)}
    target |= {name: own[name] for name in names if name in own}
    yield event.generates(
        logical_id,
        RULE,
        {
            "Name": own.get("RuleName"),
            "EventBusName": own.get("EventBusName"),
            "EventPattern": own.get("Pattern"),
            "State": own.get("State", "DISABLED" if own.get("Enabled") is False else "ENABLED"),
            "Targets": listed(event, Block(target, own.location, own.locations)),
        },
        {"EventPattern": "Pattern"},
    )


def _topic(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    own = event.properties
    names = ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
    subscription = {"TopicArn": own.get("Topic"), **{name: own.get(name) for name in names}}
    between = own.get("SqsSubscription")
    if not between:
        properties = {**subscription, "Protocol": "lambda", "Endpoint": _arn(event)}
        yield event.generates(logical_id, SUBSCRIPTION, properties, {"TopicArn": "Topic"})
        return
    settings = between if isinstance(between, Block) else Block({}, own.location)
    queue = settings.get("QueueArn")
    if queue is None:
        yield event.generates(f"{logical_id}Queue", "AWS::SQS::Queue", {})
        queue = _attribute(event, f"{logical_id}Queue")
    properties = {**subscription, "Protocol": "sqs", "Endpoint": queue}
    yield event.generates(logical_id, SUBSCRIPTION, properties, {"TopicArn": "Topic"})
    mapping: dict[str, Any] = {"EventSourceArn": queue, "FunctionName": _arn(event), "BatchSize": 10}
    mapping |= {name: settings[name] for name in ("BatchSize", "Enabled") if name in settings}
    yield event.generates(f"{logical_id}EventSourceMapping", MAPPING, mapping)


def _bucket(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    yield event.generates(logical_id, BUCKET_EVENT, {**event.properties, "FunctionArn": _arn(event)})


def _other_event(logical_id: str, event: DeclaredResource) -> Iterator[DeclaredResource]:
    """Keeps the type of an event that the emulator does not run, so that a notice can name it."""
    yield event.generates(logical_id, SAM_EVENT + event.type, {"FunctionName": event.logical_id})


def _arn(event: DeclaredResource) -> Block:
    return _attribute(event, event.logical_id)


def _attribute(event: DeclaredResource, name: str) -> Block:
    at = event.properties.location
    return Block({"Fn::GetAtt": Items([name, "Arn"], at)}, at)


_EVENTS: dict[str, Callable[[str, DeclaredResource], Iterator[DeclaredResource]]] = {
    "Schedule": _schedule,
    "ScheduleV2": _schedule_v2,
    "SQS": _mapping("Queue"),
    "DynamoDB": _mapping("Stream"),
    "EventBridgeRule": _rule,
    "CloudWatchEvent": _rule,
    "SNS": _topic,
    "S3": _bucket,
}
