"""Reads the subscriptions of SNS topics."""

from __future__ import annotations

import json
from collections.abc import Iterator

from local_emulator.deployment import TopicSubscription
from local_emulator.event_patterns.filter_policy import SCOPES, parse_filter_policy
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.template.properties import Properties
from local_emulator.template.return_values import reference_to
from local_emulator.template.stack import Stack

PROTOCOLS = ("lambda", "sqs")
"""The protocols that the emulator delivers by."""


def subscriptions(stack: Stack) -> tuple[TopicSubscription, ...]:
    """Returns every subscription. Raises InvalidTemplateError with SNS's reason for a wrong filter policy."""
    return tuple(_declared(stack)) + tuple(_of_topics(stack))


def _declared(stack: Stack) -> Iterator[TopicSubscription]:
    for resource in stack.of_type("AWS::SNS::Subscription"):
        own = stack.properties(resource)
        yield from _subscription(stack, resource.logical_id, own, own.text("TopicArn"))


def _of_topics(stack: Stack) -> Iterator[TopicSubscription]:
    for topic in stack.of_type("AWS::SNS::Topic"):
        for own in stack.properties(topic).sections("Subscription"):
            yield from _subscription(stack, topic.logical_id, own, reference_to(stack, topic))


def _subscription(stack: Stack, logical_id: str, own: Properties, topic_arn: str) -> Iterator[TopicSubscription]:
    protocol = own.text("Protocol")
    if protocol not in PROTOCOLS:
        text = f"{logical_id}: subscriptions by {protocol} are not emulated, those of functions and queues are"
        stack.notice(text, own.location_of("Protocol"))
        return
    yield TopicSubscription(logical_id, topic_arn, protocol, own.text("Endpoint"), _attributes(own))


def _attributes(own: Properties) -> dict[str, str]:
    attributes: dict[str, str] = {}
    if own.flag("RawMessageDelivery", False):
        attributes["RawMessageDelivery"] = "true"
    scope = own.text("FilterPolicyScope", "MessageAttributes")
    if scope not in SCOPES:
        raise own.error("FilterPolicyScope", f"FilterPolicyScope must be {' or '.join(SCOPES)}")
    policy = own.value("FilterPolicy")
    if policy is None:
        return attributes
    text = policy if isinstance(policy, str) else json.dumps(policy)
    try:
        parse_filter_policy(text, scope)
    except InvalidPatternError as refused:
        raise own.error("FilterPolicy", f"Invalid parameter: {refused.reason}") from None
    return attributes | {"FilterPolicyScope": scope, "FilterPolicy": text}
