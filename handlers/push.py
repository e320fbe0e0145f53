"""Push: store what pipelines report and bring it to every connection of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers import bootstrap
from handlers.gateway_event import now_ms
from handlers.push_event import read_push_event
from infra.telemetry import log

if TYPE_CHECKING:
    from application.push import PushResult

MAX_ERRORS = 1000  # Lambda answers with 6 MB at most
MAX_ERRORS_LOGGED = 10
SPARE_MS = 20_000  # for the calls that are under way, and for putting on the queue what is left
SETTLING_MS = 5_000  # of these, for the last call to SQS and for the log
COUNTED = (
    *("received", "invalid", "ignored", "expired", "stale", "duplicate", "conflated"),
    *("delivered", "pending", "gone", "failed", "queued", "closed"),
)
MEASURED = {
    "UpdatesReceived": "received",
    "UpdatesInvalid": "invalid",
    "UpdatesExpired": "expired",
    "UpdatesStale": "stale",
    "UpdatesDuplicate": "duplicate",
    "UpdatesConflated": "conflated",
    "UpdatesQueued": "queued",
    "SendsDelivered": "delivered",
    "SendsPending": "pending",
    "SendsGone": "gone",
    "SendsFailed": "failed",
}

bootstrap.build_early(bootstrap.push, bootstrap.upload_bucket)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Take updates and requests to disconnect, in any of the shapes that `read_push_event` knows.

    Answers the counts (`COUNTED`) and under `errors` one `{index, field, reason}` for each invalid or expired
    item, up to a thousand. What must come again has been put on ProgressQueue (`queued`); raises NotQueuedError if that
    failed. To an SQS batch it answers the messages that must come again. Nothing is begun that there is no time for.
    """

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis() - SPARE_MS) / 1000

    def seconds_to_settle() -> float:
        return float(context.get_remaining_time_in_millis() - SETTLING_MS) / 1000

    now = now_ms()
    pushed = bootstrap.requeue().date(read_push_event(event, now, bootstrap.upload_bucket()))
    taken = bootstrap.push().take(pushed.items, now, seconds_left)
    taken.counts.update(ignored=pushed.ignored)
    failures = bootstrap.requeue().settle(pushed, taken, seconds_to_settle)
    counts = {name: taken.counts[name] for name in COUNTED}
    errors = [one.error for one in (*taken.invalid, *taken.expired)[:MAX_ERRORS]]
    log("pushed", source=pushed.source, **counts, correlationIds=taken.correlation_ids, **_measured(taken))
    if errors:
        log("items_invalid", source=pushed.source, errors=errors[:MAX_ERRORS_LOGGED])
    return {"batchItemFailures": failures} if pushed.source == "sqs" else {**counts, "errors": errors}


def _measured(taken: PushResult) -> dict[str, Any]:
    """The counts, and of each message delivered how old its news was by then, by the pipeline's clock and ours.

    Nothings are left out: they add nothing to a sum, and CloudWatch Logs asks for money by the byte.
    """
    now = now_ms()
    counted: dict[str, Any] = {name: taken.counts[count] for name, count in MEASURED.items() if taken.counts[count]}
    return bootstrap.metrics().of(**counted, PushLatency=[max(0, now - moment) for moment in taken.updated_at])
