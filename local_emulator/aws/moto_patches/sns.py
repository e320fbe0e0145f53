"""Puts the emulator's filter policies and its deliveries to functions and queues into moto's SNS."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from local_emulator.aws.deliveries import Deliveries
from local_emulator.aws.moto_patches.patching import Patches
from local_emulator.aws.sns_messages import Notification
from local_emulator.event_patterns.filter_policy import SCOPES, FilterPolicy, Scope, parse_filter_policy
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.timestamps import iso_8601

DEFAULT_SCOPE: Scope = "MessageAttributes"
MAX_POLICIES = 1_024


def install_sns(patches: Patches, deliveries: Deliveries) -> None:
    """Changes filter policies, and the delivery to functions and queues."""
    patches.wrap(SNSBackend, "set_subscription_attributes", _set_subscription_attributes)
    patches.replace(SNSBackend, "_validate_filter_policy", lambda backend, value, scope: None)
    patches.wrap(SNSResponse, "subscribe", _subscribe)
    patches.wrap(Subscription, "publish", _publish(deliveries))


@lru_cache(MAX_POLICIES)
def _parsed(text: str, scope: Scope) -> FilterPolicy:
    return parse_filter_policy(text, scope)


def _policy_of(subscription: Subscription) -> FilterPolicy | None:
    attributes = subscription.attributes
    text = attributes.get("FilterPolicy")
    return _parsed(text, attributes.get("FilterPolicyScope") or DEFAULT_SCOPE) if text else None


def _set_subscription_attributes(stock: Callable[..., None]) -> Callable[..., None]:
    def set_subscription_attributes(backend: SNSBackend, arn: str, name: str, value: Any) -> None:
        found = [one.attributes for one in backend.subscriptions.values() if one.arn == arn]
        wanted = {**(found[0] if found else {}), name: value}
        scope = wanted.get("FilterPolicyScope") or DEFAULT_SCOPE
        if scope not in SCOPES:
            reason = f"FilterPolicyScope: Invalid value [{scope}]. Please use either MessageBody or MessageAttributes"
            raise SNSInvalidParameter(f"Invalid parameter: {reason}")
        try:
            if wanted.get("FilterPolicy"):
                _parsed(wanted["FilterPolicy"], scope)
        except InvalidPatternError as refused:
            raise SNSInvalidParameter(f"Invalid parameter: Attributes Reason: {refused.reason}") from None
        stock(backend, arn, name, value)

    return set_subscription_attributes


def _subscribe(stock: Callable[[SNSResponse], Any]) -> Callable[[SNSResponse], Any]:
    """A subscription whose attributes are refused is not created."""

    def subscribe(handler: SNSResponse) -> Any:
        subscriptions = handler.backend.subscriptions
        before = set(subscriptions)
        try:
            return stock(handler)
        except SNSInvalidParameter:
            for arn in set(subscriptions) - before:
                del subscriptions[arn]
            raise

    return subscribe


def _publish(deliveries: Deliveries) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def wrap(stock: Callable[..., None]) -> Callable[..., None]:
        def publish(subscription: Subscription, message: str, message_id: str, **more: Any) -> None:
            if subscription.protocol not in ("lambda", "sqs"):
                stock(subscription, message, message_id, **more)
                return
            policy = _policy_of(subscription)
            if policy is None or policy.matches(message, more.get("message_attributes") or {}):
                _deliver(deliveries, subscription, message, message_id, more)

        return publish

    return wrap


def _deliver(
    deliveries: Deliveries, subscription: Subscription, message: str, message_id: str, more: dict[str, Any]
) -> None:
    if more.get("message_structure") == "json":
        message = subscription._parse_message_structure(message, subscription.protocol)
    notification = Notification(
        message_id,
        subscription.topic.arn,
        subscription.arn,
        message,
        more.get("subject"),
        iso_8601(datetime.now(UTC)),
        more.get("message_attributes") or {},
    )
    if subscription.protocol == "lambda":
        deliveries.to_function(subscription.endpoint, json.dumps(notification.function_event()), "topic")
        return
    raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
    deliveries.to_queue(
        subscription.endpoint,
        message if raw else notification.envelope(),
        "topic",
        message_attributes=notification.message_attributes() if raw else None,
        deduplication_id=more.get("deduplication_id"),
        group_id=more.get("group_id"),
        validate_group_id=False,
    )
