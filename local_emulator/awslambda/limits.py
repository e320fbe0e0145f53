"""Every number of Lambda's service as a named setting.

Sources, all in docs.aws.amazon.com/lambda/latest: dg/gettingstarted-limits.html (quotas),
dg/invocation-async-error-handling.html (retries), dg/services-sqs-configure.html and
dg/services-sqs-scaling.html (queues), api/API_Invoke.html.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaLimits:
    """Lambda's limits: sizes in bytes with 1 MB = 1024 * 1024, times in seconds."""

    # Documented: 6 MB for a request that is answered, 1 MB for one that is only accepted.
    request_bytes: int = 6 * 1024 * 1024
    event_bytes: int = 1024 * 1024
    # Reported, in the error itself: 100 bytes more than 6 MB.
    response_bytes: int = 6 * 1024 * 1024 + 100
    # Documented: LogType=Tail.
    log_tail_bytes: int = 4 * 1024

    # Documented: one minute before the second attempt, two before the third. The nth waits n times this.
    retry_delay_seconds: float = 60
    # Documented: after a throttle, from 1 second and exponentially to 5 minutes.
    throttle_delay_seconds: float = 1
    most_throttle_delay_seconds: float = 300
    # Events that wait to be run, and those that run at once. AWS's queue has no documented end; a laptop's has.
    waiting_events: int = 10_000
    events_at_once: int = 100

    # Documented: Lambda polls a queue with long polling, and SQS waits 20 seconds at most.
    poll_seconds: int = 20
    # Documented: Lambda polls the shards of a stream four times a second.
    stream_poll_seconds: float = 0.25
    # Documented: Lambda begins with five batches of a standard queue at once. That it adds more under load is
    # not emulated; MaximumConcurrency takes this one's place.
    batches_at_once: int = 5
