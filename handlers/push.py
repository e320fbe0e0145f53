"""Push: stores the updates of pipelines and sends them to every connection of the user."""

from __future__ import annotations

from typing import Any

from handlers import bootstrap
from handlers.gateway_event import now_ms
from handlers.push_event import read_push_event
from handlers.push_log import log_push
from handlers.remaining_time import seconds_left

SPARE_MS = 20_000  # for calls under way, and for queueing what is left
SETTLING_MS = 5_000  # of these, for the last call to SQS and for the log

bootstrap.build_early(bootstrap.push, bootstrap.upload_bucket)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Processes updates and requests to disconnect, in each shape that `read_push_event` reads.

    Returns the counts (PushCounts) and as `errors` one `{index, field, reason}` for each invalid or expired item, up to
    1000. Items that failed temporarily are on ProgressQueue (`queued`); raises NotQueuedError if that failed. To an SQS
    batch it returns the messages to deliver again. No work begins without time left for it.
    """
    now = now_ms()
    pushed = bootstrap.requeue().add_times(
        read_push_event(event, now, bootstrap.upload_bucket(), context.invoked_function_arn)
    )
    result = bootstrap.push().process(pushed.items, now, seconds_left(context, SPARE_MS))
    result.counts.ignored += pushed.ignored
    failures = bootstrap.requeue().settle(pushed, result, seconds_left(context, SETTLING_MS))
    answer = log_push(pushed.source, result)
    return {"batchItemFailures": failures} if pushed.source == "sqs" else answer
