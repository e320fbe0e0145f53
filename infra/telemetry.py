"""Structured logs, some with metrics: one event name and its fields; never a token, never a payload."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

METRICS = {
    "ConnectionsOpened": "Count",
    "ConnectionsClosed": "Count",
    "HandshakesUnauthorized": "Count",
    "HandshakesForbidden": "Count",
    "MessagesRefused": "Count",
    "MessagesFailed": "Count",
    "UpdatesReceived": "Count",
    "UpdatesInvalid": "Count",
    "UpdatesExpired": "Count",
    "UpdatesStale": "Count",
    "UpdatesDuplicate": "Count",
    "UpdatesConflated": "Count",
    "UpdatesQueued": "Count",
    "SendsDelivered": "Count",
    "SendsPending": "Count",
    "SendsGone": "Count",
    "SendsFailed": "Count",
    "PushLatency": "Milliseconds",
    "UploadsAbandoned": "Count",
    "SweepDuration": "Milliseconds",
    "SweepBacklog": "Milliseconds",
}
"""Every metric with its unit; docs/operations.md says what each means."""

MAX_VALUES = 100

Value = int | float | Sequence[int | float]

_logger = logging.getLogger("upload_progress")
_logger.setLevel(logging.INFO)


def log(event: str, **facts: Any) -> None:
    """Logs an event. Lambda's JSON log format writes `facts` as fields beside the message."""
    _logger.info(event, extra=facts)


def log_failure(event: str, **facts: Any) -> None:
    """Logs a failure with the exception in sys.exc_info()."""
    _logger.exception(event, extra=facts)


class Metrics:
    """Makes the fields by which a log line holds metrics.

    Lambda writes fields at the root of the line's JSON. A line with these is a document of CloudWatch's embedded
    metric format (CloudWatch User Guide, Embedded Metric Format Specification). It needs no call and no library.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def of(self, by: str | None = None, **values: Value) -> dict[str, Any]:
        """Returns fields with these metrics (names of METRICS); `by` names the field that is their dimension.

        The format takes at most a hundred values of one metric: of more, a hundred over their range are kept. A metric
        without values is left out. Raises KeyError for a name that is not one of METRICS.
        """
        kept = {name: spread(value) if isinstance(value, Sequence) else value for name, value in values.items()}
        kept = {name: value for name, value in kept.items() if value != []}
        directive = {
            "Namespace": self._namespace,
            "Dimensions": [[], [by]] if by else [[]],
            "Metrics": [{"Name": name, "Unit": METRICS[name]} for name in kept],
        }
        return {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}, **kept}


def spread(values: Sequence[int | float]) -> list[int | float]:
    """Returns at most MAX_VALUES of the values, evenly by rank with minimum and maximum, so that percentiles stay."""
    ranked = sorted(values)
    if len(ranked) <= MAX_VALUES:
        return ranked
    return [ranked[place * (len(ranked) - 1) // (MAX_VALUES - 1)] for place in range(MAX_VALUES)]
