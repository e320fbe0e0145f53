"""Push: stores the updates of pipelines and sends them to every connection of the user."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from handlers import bootstrap
from handlers.gateway_event import now_ms
from handlers.push_event import read_push_event
from infra.telemetry import log

if TYPE_CHECKING:
    from application.push import PushResult

MAX_ERRORS = 1000  # Lambda answers with 6 MB at most
MAX_ERRORS_LOGGED = 10
SPARE_MS = 20_000  # for calls under way, and for queueing what is left
SETTLING_MS = 5_000  # of these, for the last call to SQS and for the log

bootstrap.build_early(bootstrap.push, bootstrap.upload_bucket)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Processes updates and requests to disconnect, in each shape that `read_push_event` reads.

    Returns the counts (PushCounts) and as `errors` one `{index, field, reason}` for each invalid or expired item, up to
    1000. Items that failed temporarily are on ProgressQueue (`queued`); raises NotQueuedError if that failed. To an SQS
    batch it returns the messages to deliver again. No work begins without time left for it.
    """

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis() - SPARE_MS) / 1000

    def seconds_to_settle() -> float:
        return float(context.get_remaining_time_in_millis() - SETTLING_MS) / 1000

    now = now_ms()
    pushed = bootstrap.requeue().add_times(
        read_push_event(event, now, bootstrap.upload_bucket(), context.invoked_function_arn)
    )
    result = bootstrap.push().process(pushed.items, now, seconds_left)
    result.counts.ignored += pushed.ignored
    failures = bootstrap.requeue().settle(pushed, result, seconds_to_settle)
    counts = asdict(result.counts)
    errors = [one.error for one in (*result.invalid, *result.expired)[:MAX_ERRORS]]
    log("pushed", source=pushed.source, **counts, correlationIds=result.correlation_ids, **_metrics(result))
    if errors:
        log("items_invalid", source=pushed.source, errors=errors[:MAX_ERRORS_LOGGED])
    return {"batchItemFailures": failures} if pushed.source == "sqs" else {**counts, "errors": errors}


def _metrics(result: PushResult) -> dict[str, Any]:
    """Returns the EMF metrics: the counts, and the age of each delivered state, in ms.

    The age counts from the receipt, by AWS's clocks: a pipeline's clock that is wrong by seconds would hide delays or
    raise alarms.
    """
    now = now_ms()
    ages = [max(0, now - moment) for moment in result.received_at]
    return bootstrap.metrics().of(**result.counts.metrics, PushLatency=ages)
