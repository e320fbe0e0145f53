"""Reads the rules and schedules that invoke functions at set times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from local_emulator.deployment import Schedule
from local_emulator.event_patterns.input_transformer import TargetInput
from local_emulator.scheduler.expressions import InvalidScheduleError, parse_expression
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of
from local_emulator.template.rule_targets import DEFAULT_BUS, bus_of, target_input
from local_emulator.template.stack import Stack


def schedules(stack: Stack) -> tuple[Schedule, ...]:
    """Returns every rule or schedule that invokes a function of the template at set times.

    An expression or time zone that AWS refuses is named with its line; its schedule does not run.
    """
    found = tuple(_rules(stack)) + tuple(_scheduler(stack))
    for schedule in found:
        _notice_invalid(stack, schedule)
    return found


def _notice_invalid(stack: Stack, schedule: Schedule) -> None:
    try:
        parse_expression(schedule.expression, schedule.timezone, schedule.source)
    except InvalidScheduleError as invalid:
        own = stack.properties(stack.resources[schedule.logical_id])
        stack.notice(f"{schedule.name} does not run: {invalid}", own.location_of("ScheduleExpression"))


def _rules(stack: Stack) -> Iterator[Schedule]:
    for rule in stack.of_type("AWS::Events::Rule"):
        own = stack.properties(rule)
        expression = own.text("ScheduleExpression", None)
        if expression is not None and bus_of(own) != DEFAULT_BUS:
            text = f"{rule.logical_id}: AWS refuses a ScheduleExpression on another bus than the default one"
            stack.notice(text, own.location_of("EventBusName"))
        for target in own.sections("Targets") if expression is not None else ():
            function = _function(stack, rule, target)
            if function is not None:
                yield Schedule(
                    name=own.text("Name", rule.logical_id),
                    logical_id=rule.logical_id,
                    function=function,
                    expression=expression or "",
                    input=target_input(target),
                    enabled=own.text("State", "ENABLED") != "DISABLED",
                    arn=str(attribute_of(stack, rule, "Arn")),
                )


def _scheduler(stack: Stack) -> Iterator[Schedule]:
    for resource in stack.of_type("AWS::Scheduler::Schedule"):
        own, expression = stack.properties(resource), stack.properties(resource).text("ScheduleExpression")
        target = own.section("Target")
        function = _function(stack, resource, target)
        if function is None:
            continue
        start, end = _moment(own, "StartDate"), _moment(own, "EndDate")
        if start is not None and end is not None and end <= start:
            raise own.error("EndDate", "EndDate must be after StartDate")
        yield Schedule(
            name=own.text("Name", resource.logical_id),
            logical_id=resource.logical_id,
            function=function,
            expression=expression,
            input=TargetInput(constant=target.text("Input", None)),
            enabled=own.text("State", "ENABLED") != "DISABLED",
            source="scheduler",
            timezone=own.text("ScheduleExpressionTimezone", "UTC"),
            arn=str(attribute_of(stack, resource, "Arn")),
            start=start,
            end=end,
        )


def _function(stack: Stack, resource: DeclaredResource, target: Properties) -> str | None:
    function = function_of_arn(target.text("Arn"), function_names(stack))
    if function is None:
        text = f"{resource.logical_id} is not emulated: {target.text('Arn')} is no function of this template"
        stack.notice(text, target.location_of("Arn"))
    return function


def _moment(own: Properties, name: str) -> datetime | None:
    """Returns a time of CloudFormation; one without a zone is in UTC."""
    text = own.text(name, None)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise own.error(name, f"{name} must be a time such as 2030-01-31T12:00:00Z, not {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
