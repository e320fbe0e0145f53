"""Creates buses, rules, subscriptions and the notifications of buckets, through the same calls as in AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from local_emulator.deployment import EventRule, TopicSubscription

Creating = Callable[[str, str], AbstractContextManager[None]]
"""Names a resource, by logical id and type, in the error of what happens inside."""


def create_rules(events: Any, rules: Iterable[EventRule], creating: Creating) -> None:
    """Creates the rules with patterns, with their targets.

    A bus that rules name and the template does not declare belongs to another stack, and is created too.
    """
    known = {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}
    for rule in rules:
        with creating(rule.logical_id, "AWS::Events::Rule"):
            if rule.bus not in known:
                events.create_event_bus(Name=rule.bus)
                known.add(rule.bus)
            state = "ENABLED" if rule.enabled else "DISABLED"
            events.put_rule(Name=rule.name, EventBusName=rule.bus, EventPattern=rule.pattern, State=state)
            if rule.targets:
                events.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=list(rule.targets))


def delete_rules(events: Any, rules: Iterable[EventRule], creating: Creating) -> None:
    """Deletes the rules of a template from before, with their targets."""
    for rule in rules:
        with creating(rule.logical_id, "AWS::Events::Rule"):
            if rule.targets:
                ids = [target["Id"] for target in rule.targets]
                events.remove_targets(Rule=rule.name, EventBusName=rule.bus, Ids=ids)
            events.delete_rule(Name=rule.name, EventBusName=rule.bus)


def subscribe(sns: Any, subscriptions: Iterable[TopicSubscription], creating: Creating) -> None:
    """Subscribes functions and queues to topics; a topic of another stack is created first."""
    for one in subscriptions:
        with creating(one.logical_id, "AWS::SNS::Subscription"):
            name = one.topic_arn.rpartition(":")[2]
            sns.create_topic(Name=name, Attributes={"FifoTopic": "true"} if name.endswith(".fifo") else {})
            sns.subscribe(
                TopicArn=one.topic_arn, Protocol=one.protocol, Endpoint=one.endpoint, Attributes=dict(one.attributes)
            )


def unsubscribe(sns: Any, subscriptions: Iterable[TopicSubscription]) -> None:
    """Ends the subscriptions of a template from before."""
    gone = {(one.topic_arn, one.endpoint) for one in subscriptions}
    for one in sns.list_subscriptions()["Subscriptions"]:
        if (one["TopicArn"], one["Endpoint"]) in gone:
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def notify(s3: Any, notifications: Mapping[str, Mapping[str, Any]], creating: Creating) -> None:
    """Configures the notifications of buckets, by the bucket's name."""
    for bucket, configuration in notifications.items():
        with creating(bucket, "AWS::S3::Bucket"):
            s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=dict(configuration))
