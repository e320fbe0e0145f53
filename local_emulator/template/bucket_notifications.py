"""Reads where buckets send their events."""

from __future__ import annotations

from typing import Any

from local_emulator.template.properties import Properties
from local_emulator.template.return_values import name_of
from local_emulator.template.sam.event_sources import BUCKET_EVENT
from local_emulator.template.stack import Stack

# CloudFormation's lists with the name of their target, and those of S3's API.
LISTS = {
    "LambdaConfigurations": ("Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    "QueueConfigurations": ("Queue", "QueueConfigurations", "QueueArn"),
    "TopicConfigurations": ("Topic", "TopicConfigurations", "TopicArn"),
}


def bucket_notifications(stack: Stack) -> dict[str, dict[str, Any]]:
    """Returns the notification configuration of each bucket that has one, by name, as S3's API takes it."""
    found: dict[str, dict[str, Any]] = {}
    of_functions = _of_functions(stack)
    for bucket in stack.of_type("AWS::S3::Bucket"):
        configuration = _configuration(stack.properties(bucket).section("NotificationConfiguration"))
        functions = configuration.setdefault("LambdaFunctionConfigurations", [])
        functions += of_functions.get(name_of(stack, bucket), [])
        given = {name: value for name, value in configuration.items() if value or name == "EventBridgeConfiguration"}
        if given:
            found[name_of(stack, bucket)] = given
    return found


def _configuration(own: Properties) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    for section, (target, name, arn) in LISTS.items():
        configuration[name] = [
            {arn: one.text(target), "Events": [one.text("Event")], **_filter(one)} for one in own.sections(section)
        ]
    events = own.section("EventBridgeConfiguration")
    if "EventBridgeConfiguration" in own and events.flag("EventBridgeEnabled", True):
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _of_functions(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """Returns the configurations of SAM's S3 events, which are properties of functions, by the bucket's name."""
    buckets = {name_of(stack, bucket) for bucket in stack.of_type("AWS::S3::Bucket")}
    found: dict[str, list[dict[str, Any]]] = {}
    for event in stack.of_type(BUCKET_EVENT):
        own = stack.properties(event)
        bucket, names = own.text("Bucket"), list(own.texts("Events"))
        if bucket not in buckets:
            text = f"{event.logical_id} is not emulated: its bucket {bucket} is not in this template"
            stack.notice(text, own.location_of("Bucket"))
        one = {"LambdaFunctionArn": own.text("FunctionArn"), "Events": names, **_filter(own)}
        found.setdefault(bucket, []).append(one)
    return found


def _filter(own: Properties) -> dict[str, Any]:
    rules = []
    for rule in own.section("Filter").section("S3Key").sections("Rules"):
        name = rule.text("Name").lower()
        if name not in ("prefix", "suffix"):
            raise rule.error("Name", f"filter rule name must be either prefix or suffix, not {rule.text('Name')}")
        rules.append({"Name": name, "Value": rule.text("Value", "")})
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
