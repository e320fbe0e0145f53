"""Reads the schedules and queues that invoke functions."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import EventSource, Schedule
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of, name_of
from local_emulator.template.stack import Stack


def schedules(stack: Stack) -> tuple[Schedule, ...]:
    """Returns every rule or schedule that invokes a function of the template at set times."""
    return tuple(_rules(stack)) + tuple(_scheduler(stack))


def _rules(stack: Stack) -> Iterator[Schedule]:
    for rule in stack.of_type("AWS::Events::Rule"):
        own = stack.properties(rule)
        expression = own.text("ScheduleExpression", None)
        if expression is None:
            stack.notice(
                f"{rule.logical_id} is not emulated: no events are delivered here; invoke its function with one",
                rule.location,
            )
            continue
        for target in own.sections("Targets"):
            schedule = _schedule(stack, rule, target, expression, "rule")
            if schedule:
                yield schedule


def _scheduler(stack: Stack) -> Iterator[Schedule]:
    for resource in stack.of_type("AWS::Scheduler::Schedule"):
        own = stack.properties(resource)
        expression = own.text("ScheduleExpression")
        schedule = _schedule(stack, resource, own.section("Target"), expression, "scheduler")
        if schedule:
            yield schedule


def _schedule(
    stack: Stack, resource: DeclaredResource, target: Properties, expression: str, source: str
) -> Schedule | None:
    own = stack.properties(resource)
    function = function_of_arn(target.text("Arn"), function_names(stack))
    if function is None:
        text = f"{resource.logical_id} is not emulated: {target.text('Arn')} is no function of this template"
        stack.notice(text, target.location_of("Arn"))
        return None
    return Schedule(
        name=own.text("Name", resource.logical_id),
        logical_id=resource.logical_id,
        function=function,
        expression=expression,
        input=target.text("Input", None),
        enabled=own.text("State", "ENABLED") != "DISABLED",
        source=source,
        timezone=own.text("ScheduleExpressionTimezone", "UTC"),
        arn=str(attribute_of(stack, resource, "Arn")),
    )


def event_sources(stack: Stack) -> tuple[EventSource, ...]:
    """Returns every mapping of an SQS queue of the template to one of its functions."""
    return tuple(_event_sources(stack))


def _event_sources(stack: Stack) -> Iterator[EventSource]:
    queues = {attribute_of(stack, queue, "Arn"): name_of(stack, queue) for queue in stack.of_type("AWS::SQS::Queue")}
    for resource in stack.of_type("AWS::Lambda::EventSourceMapping"):
        own = stack.properties(resource)
        arn, function = (
            own.text("EventSourceArn", ""),
            function_of_arn(own.text("FunctionName"), function_names(stack)),
        )
        if arn not in queues or function is None:
            text = f"{resource.logical_id} is not emulated: {arn or 'its source'} is no queue of this template"
            stack.notice(text, own.location_of("EventSourceArn"))
            continue
        yield EventSource(
            logical_id=resource.logical_id,
            function=function,
            queue_arn=arn,
            queue_name=queues[arn],
            batch_size=own.integer("BatchSize", 10),
            window_seconds=own.integer("MaximumBatchingWindowInSeconds", 0),
            report_batch_item_failures="ReportBatchItemFailures" in own.texts("FunctionResponseTypes"),
            enabled=own.flag("Enabled", True),
            max_concurrency=own.section("ScalingConfig").integer("MaximumConcurrency", None),
        )
