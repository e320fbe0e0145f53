"""Reads the event source mappings of Lambda: queues, and streams of tables."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import STARTING_POSITIONS, EventSource, StreamSource
from local_emulator.event_patterns.filter_criteria import FilterCriteria, parse_filter_criteria
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of, name_of
from local_emulator.template.stack import Stack

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def event_sources(stack: Stack) -> tuple[tuple[EventSource, ...], tuple[StreamSource, ...]]:
    """Returns the mappings of queues and of streams of the template to its functions. Raises InvalidTemplateError."""
    queues = {attribute_of(stack, queue, "Arn") for queue in stack.of_type("AWS::SQS::Queue")}
    streams = {attribute_of(stack, table, "StreamArn"): table for table in stack.of_type(*TABLES)}
    found: list[EventSource] = []
    found_streams: list[StreamSource] = []
    for resource, arn, function in _mappings(stack):
        own = stack.properties(resource)
        if arn in queues:
            found.append(_queue(own, resource.logical_id, function, arn))
        elif arn in streams:
            _check_stream(stack, own, streams[arn])
            found_streams.append(
                _stream(stack, own, resource.logical_id, function, (name_of(stack, streams[arn]), arn))
            )
        else:
            source = arn or "its source"
            text = f"{resource.logical_id} is not emulated: {source} is no queue and no table's stream of this template"
            stack.notice(text, own.location_of("EventSourceArn"))
    return tuple(found), tuple(found_streams)


def _mappings(stack: Stack) -> Iterator[tuple[DeclaredResource, str, str]]:
    for resource in stack.of_type("AWS::Lambda::EventSourceMapping"):
        own = stack.properties(resource)
        function = function_of_arn(own.text("FunctionName"), function_names(stack))
        if function is None:
            text = f"{resource.logical_id} is not emulated: its function is not in this template"
            stack.notice(text, own.location_of("FunctionName"))
        else:
            yield resource, own.text("EventSourceArn", ""), function


def _queue(own: Properties, logical_id: str, function: str, arn: str) -> EventSource:
    return EventSource(
        logical_id=logical_id,
        function=function,
        queue_arn=arn,
        batch_size=own.integer("BatchSize", 10),
        window_seconds=own.integer("MaximumBatchingWindowInSeconds", 0),
        report_batch_item_failures=_reports_failures(own),
        enabled=own.flag("Enabled", True),
        max_concurrency=own.section("ScalingConfig").integer("MaximumConcurrency", None),
        filters=_filters(own),
    )


def _stream(stack: Stack, own: Properties, logical_id: str, function: str, table: tuple[str, str]) -> StreamSource:
    position = own.text("StartingPosition", "")
    if position not in STARTING_POSITIONS:
        raise own.error(
            "StartingPosition", f"StartingPosition must be {' or '.join(STARTING_POSITIONS)} for a table's stream"
        )
    if own.integer("TumblingWindowInSeconds", 0):
        stack.notice(f"{logical_id}: tumbling windows are not emulated", own.location_of("TumblingWindowInSeconds"))
    return StreamSource(
        logical_id=logical_id,
        function=function,
        table_name=table[0],
        stream_arn=table[1],
        batch_size=own.integer("BatchSize", 100),
        window_seconds=own.integer("MaximumBatchingWindowInSeconds", 0),
        starting_position=position,
        report_batch_item_failures=_reports_failures(own),
        bisect=own.flag("BisectBatchOnFunctionError", False),
        max_retries=own.integer("MaximumRetryAttempts", -1),
        max_age_seconds=own.integer("MaximumRecordAgeInSeconds", -1),
        on_failure=own.section("DestinationConfig").section("OnFailure").text("Destination", None),
        enabled=own.flag("Enabled", True),
        filters=_filters(own),
    )


def _check_stream(stack: Stack, own: Properties, table: DeclaredResource) -> None:
    declared = stack.properties(table)
    if "TimeToLiveSpecification" in declared:
        text = f"{table.logical_id}: rows do not expire here, so its stream has no record of their end"
        stack.notice(text, declared.location_of("TimeToLiveSpecification"))
    if "StreamViewType" not in declared.section("StreamSpecification"):
        raise own.error("EventSourceArn", f"{table.logical_id} has no stream: it needs a StreamSpecification")


def _reports_failures(own: Properties) -> bool:
    return "ReportBatchItemFailures" in own.texts("FunctionResponseTypes")


def _filters(own: Properties) -> FilterCriteria:
    criteria = own.section("FilterCriteria")
    patterns = []
    for one in criteria.sections("Filters"):
        patterns.append(one.text("Pattern"))
        try:
            parse_filter_criteria(patterns[-1:])
        except InvalidPatternError as refused:
            raise one.error("Pattern", refused.reason) from None
    try:
        return parse_filter_criteria(patterns)
    except InvalidPatternError as refused:
        raise criteria.error("Filters", refused.reason) from None
