"""The bodies of CreateEventSourceMapping and UpdateEventSourceMapping, and the configurations that answer them. Pure.

Source: Lambda API reference, CreateEventSourceMapping and EventSourceMappingConfiguration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local_emulator.deployment import STARTING_POSITIONS, EventSource, StreamSource
from local_emulator.event_patterns.filter_criteria import FilterCriteria, parse_filter_criteria
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError

Source = EventSource | StreamSource
QUEUE = re.compile(r"arn:aws[\w-]*:sqs:[^:]+:[^:]+:(?P<name>[^:]+)")
STREAM = re.compile(r"arn:aws[\w-]*:dynamodb:[^:]+:[^:]+:table/(?P<name>[^/]+)/stream/.+")


class InvalidMappingError(Exception):
    """Lambda refuses a mapping with InvalidParameterValueException; the text is its message."""


def source_of_request(body: Mapping[str, Any], function: str) -> Source:
    """Returns the source that a request asks for. Raises InvalidMappingError."""
    arn = body.get("EventSourceArn")
    if not isinstance(arn, str):
        raise InvalidMappingError("Event source ARN is required.")
    if queue := QUEUE.fullmatch(arn):
        source = EventSource(queue["name"], function, arn)
        return changed(source, body)
    stream = STREAM.fullmatch(arn)
    if stream is None:
        raise InvalidMappingError(f"Unrecognized event source, must be an SQS queue or a DynamoDB stream here: {arn}")
    position = body.get("StartingPosition")
    if position not in STARTING_POSITIONS:
        message = "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint"
        raise InvalidMappingError(f"{message}: Member must be one of {', '.join(STARTING_POSITIONS)}.")
    return changed(StreamSource(stream["name"], function, stream["name"], arn, starting_position=position), body)


def changed(source: Source, body: Mapping[str, Any]) -> Source:
    """Returns a source with the settings of a request. Raises InvalidMappingError."""
    settings: dict[str, Any] = {
        "batch_size": body.get("BatchSize"),
        "window_seconds": body.get("MaximumBatchingWindowInSeconds"),
        "enabled": body.get("Enabled"),
        "filters": _filters(body["FilterCriteria"]) if "FilterCriteria" in body else None,
    }
    if "FunctionResponseTypes" in body:
        settings["report_batch_item_failures"] = "ReportBatchItemFailures" in (body["FunctionResponseTypes"] or ())
    if isinstance(source, EventSource):
        settings["max_concurrency"] = (body.get("ScalingConfig") or {}).get("MaximumConcurrency")
    else:
        destination = (body.get("DestinationConfig") or {}).get("OnFailure") or {}
        settings |= {
            "bisect": body.get("BisectBatchOnFunctionError"),
            "max_retries": body.get("MaximumRetryAttempts"),
            "max_age_seconds": body.get("MaximumRecordAgeInSeconds"),
            "on_failure": destination.get("Destination"),
        }
    return replace(source, **{name: value for name, value in settings.items() if value is not None})


def configuration(mapping_id: str, source: Source, function_arn: str, modified: float) -> dict[str, Any]:
    """Returns the configuration of a mapping as Lambda answers with it."""
    answer: dict[str, Any] = {
        "UUID": mapping_id,
        "FunctionArn": function_arn,
        "BatchSize": source.batch_size,
        "MaximumBatchingWindowInSeconds": source.window_seconds,
        "State": "Enabled" if source.enabled else "Disabled",
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": modified,
        "FunctionResponseTypes": ["ReportBatchItemFailures"] if source.report_batch_item_failures else [],
    }
    if source.filters.texts:
        answer["FilterCriteria"] = {"Filters": [{"Pattern": text} for text in source.filters.texts]}
    if isinstance(source, EventSource):
        return answer | {"EventSourceArn": source.queue_arn}
    return answer | {
        "EventSourceArn": source.stream_arn,
        "StartingPosition": source.starting_position,
        "BisectBatchOnFunctionError": source.bisect,
        "MaximumRetryAttempts": source.max_retries,
        "MaximumRecordAgeInSeconds": source.max_age_seconds,
        "DestinationConfig": {"OnFailure": {"Destination": source.on_failure} if source.on_failure else {}},
    }


def _filters(criteria: Any) -> FilterCriteria:
    filters = (criteria or {}).get("Filters") or []
    try:
        return parse_filter_criteria([one.get("Pattern") or "{}" for one in filters])
    except InvalidPatternError as refused:
        raise InvalidMappingError(refused.reason) from None
