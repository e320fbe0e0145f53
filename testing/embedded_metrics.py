"""What CloudWatch makes of our log lines: the embedded metric format, read as its specification says.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from awslambdaric.lambda_runtime_log_utils import JsonFormatter
from jsonschema import Draft202012Validator

UNITS = ["Seconds", "Microseconds", "Milliseconds", "Bytes", "Percent", "Count", "None"]

# The published schema, without its titles and examples.
METRIC = {
    "type": "object",
    "required": ["Name"],
    "properties": {
        "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
        "Unit": {"type": "string", "enum": UNITS},
        "StorageResolution": {"type": "integer"},
    },
}
DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "maxItems": 30, "items": {"type": "string", "minLength": 1, "maxLength": 250}},
        },
        "Metrics": {"type": "array", "maxItems": 100, "items": METRIC},
    },
}
SCHEMA = Draft202012Validator(
    {
        "type": "object",
        "required": ["_aws"],
        "properties": {
            "_aws": {
                "type": "object",
                "required": ["Timestamp", "CloudWatchMetrics"],
                "properties": {
                    "Timestamp": {"type": "integer"},
                    "CloudWatchMetrics": {"type": "array", "items": DIRECTIVE},
                },
            }
        },
    }
)

Metric = tuple[str, str, str | None]
"""Namespace, name, and the value of its dimension if it has one."""


def lines(records: Iterable[logging.LogRecord]) -> list[dict[str, Any]]:
    """What stands in CloudWatch Logs, as the runtime's own formatter writes it."""
    return [json.loads(JsonFormatter().format(record)) for record in records if record.name == "upload_progress"]


def published(records: Iterable[logging.LogRecord]) -> dict[Metric, list[float]]:
    """The values of every metric that CloudWatch extracts; raises where a line breaks the format."""
    found: dict[Metric, list[float]] = {}
    for line in lines(records):
        if "_aws" in line:
            SCHEMA.validate(line)
            for metric, values in _extracted(line):
                found.setdefault(metric, []).extend(values)
    return found


def _extracted(line: dict[str, Any]) -> Iterable[tuple[Metric, list[float]]]:
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for definition in directive["Metrics"]:
            target = line[definition["Name"]]
            values = target if isinstance(target, list) else [target]
            assert len(values) <= 100 and all(type(value) in (int, float) for value in values), target
            for dimensions in directive["Dimensions"]:
                told_apart = [line[name] for name in dimensions]
                assert all(isinstance(value, str) and 0 < len(value) <= 1024 for value in told_apart), dimensions
                yield (directive["Namespace"], definition["Name"], told_apart[0] if told_apart else None), values
