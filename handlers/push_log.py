"""The log line and the answer of a push."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from handlers import bootstrap
from handlers.gateway_event import now_ms
from infra.telemetry import log

if TYPE_CHECKING:
    from application.push import PushResult

MAX_ERRORS = 1000  # Lambda answers with 6 MB at most
MAX_ERRORS_LOGGED = 10


def log_push(source: str, result: PushResult, **facts: Any) -> dict[str, Any]:
    """Logs a push with its metrics, and returns its answer: the counts, and one error for each refused item."""
    counts = asdict(result.counts)
    errors = [one.error for one in (*result.invalid, *result.expired)[:MAX_ERRORS]]
    log("pushed", source=source, **facts, **counts, correlationIds=result.correlation_ids, **_metrics(result))
    if errors:
        log("items_invalid", source=source, **facts, errors=errors[:MAX_ERRORS_LOGGED])
    return {**counts, "errors": errors}


def _metrics(result: PushResult) -> dict[str, Any]:
    """Returns the EMF metrics: the counts, and the age of each delivered state, in ms.

    The age counts from the receipt, by AWS's clocks: a pipeline's clock that is wrong by seconds would hide delays or
    raise alarms.
    """
    now = now_ms()
    ages = [max(0, now - moment) for moment in result.received_at]
    return bootstrap.metrics().of(**result.counts.metrics, PushLatency=ages)
