"""Reads the rules of EventBridge that have a pattern, and their targets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local_emulator.deployment import EventRule
from local_emulator.event_patterns.input_transformer import InvalidTargetError, TargetInput, read_target_input
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.notes import pattern_notes
from local_emulator.event_patterns.pattern import parse_pattern
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import name_of
from local_emulator.template.stack import Stack

INPUTS = ("Input", "InputPath", "InputTransformer")
DEFAULT_BUS = "default"
SERVICES = ("lambda", "sqs", "sns", "events")
"""The services whose targets the emulator delivers to."""


def event_rules(stack: Stack) -> tuple[EventRule, ...]:
    """Returns every rule with a pattern. Raises InvalidTemplateError with AWS's reason for a wrong pattern."""
    rules = (_rule(stack, rule) for rule in stack.of_type("AWS::Events::Rule"))
    return tuple(rule for rule in rules if rule is not None)


def target_input(target: Properties) -> TargetInput:
    """Returns what a target gets in place of the event. Raises InvalidTemplateError."""
    given = {name: target.value(name) for name in INPUTS}
    try:
        return read_target_input(target.text("Id", ""), given)
    except InvalidTargetError as refused:
        name = next((name for name in reversed(INPUTS) if given[name] is not None), "Arn")
        raise target.error(name, str(refused)) from None


def bus_of(rule: Properties) -> str:
    """Returns the name of a rule's bus, which the template may give as an ARN."""
    return rule.text("EventBusName", DEFAULT_BUS).rpartition("/")[2]


def _rule(stack: Stack, rule: DeclaredResource) -> EventRule | None:
    own = stack.properties(rule)
    pattern = own.value("EventPattern")
    if pattern is None:
        if own.text("ScheduleExpression", None) is None:
            raise own.error("EventPattern", "needs EventPattern or ScheduleExpression")
        return None
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    try:
        notes = pattern_notes(parse_pattern(text))
    except InvalidPatternError as refused:
        raise own.error("EventPattern", f"Event pattern is not valid. Reason: {refused.reason}") from None
    for note in notes:
        stack.notice(f"{rule.logical_id}: {note}", own.location_of("EventPattern"))
    return EventRule(
        logical_id=rule.logical_id,
        name=name_of(stack, rule),
        bus=bus_of(own),
        pattern=text,
        enabled=own.text("State", "ENABLED") != "DISABLED",
        targets=tuple(_targets(stack, rule, own)),
    )


def _targets(stack: Stack, rule: DeclaredResource, own: Properties) -> Iterator[dict[str, Any]]:
    for target in own.sections("Targets"):
        target_input(target)
        arn = target.text("Arn")
        if (arn.split(":") + [""] * 3)[2] not in SERVICES:
            text = (
                f"{rule.logical_id}: its target {arn} is not emulated: events go to functions, queues, topics and buses"
            )
            stack.notice(text, target.location_of("Arn"))
            continue
        names = ("Id", "Arn", *INPUTS, "SqsParameters", "DeadLetterConfig")
        yield {name: target.value(name) for name in names if name in target}
