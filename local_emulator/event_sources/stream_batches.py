"""The retries of a batch of a stream: again, from a record on, in two halves, or not at all. Pure.

Source: Lambda Developer Guide, services-ddb-batchfailurereporting and services-dynamodb-errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_emulator.awslambda.invocation import Invocation
from local_emulator.deployment import Function, StreamSource
from local_emulator.event_sources.stream_event import Record, arrival, sequence_number
from local_emulator.timestamps import iso_8601

RETRIES_EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Records that are one event, in order; `attempts` are the invocations that have failed."""

    records: tuple[Record, ...]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A batch that is given up; `condition` is the word for it in the record for the destination."""

    batch: StreamBatch
    condition: str


def after_failure(batch: StreamBatch, failed: int, source: StreamSource, now: float) -> list[StreamBatch] | Abandoned:
    """Returns what follows a failed invocation; `failed` is the index of the first record that failed.

    Documented: the records before it are done. Without such a report, a batch can be split in two halves, which does
    not count as a retry. `now` is in epoch seconds.
    """
    rest = batch.records[failed:]
    attempts = batch.attempts + 1
    if 0 <= source.max_age_seconds < now - arrival(rest[0]):
        return Abandoned(StreamBatch(rest, attempts), TOO_OLD)
    if source.bisect and not failed and len(rest) > 1:
        half = len(rest) // 2
        return [StreamBatch(rest[:half], batch.attempts), StreamBatch(rest[half:], batch.attempts)]
    if 0 <= source.max_retries < attempts:
        return Abandoned(StreamBatch(rest, attempts), RETRIES_EXHAUSTED)
    return [StreamBatch(rest, attempts)]


def failure_record(
    abandoned: Abandoned, last: Invocation, function: Function, stream_arn: str, shard: str, now: datetime
) -> dict[str, Any]:
    """Returns the record for a destination: it names the batch, but does not hold its records."""
    records = abandoned.batch.records
    first, final = (iso_8601(datetime.fromtimestamp(arrival(one), UTC)) for one in (records[0], records[-1]))
    return {
        "requestContext": {
            "requestId": last.request_id,
            "functionArn": function.arn,
            "condition": abandoned.condition,
            "approximateInvokeCount": abandoned.batch.attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": iso_8601(now),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": sequence_number(records[0]),
            "endSequenceNumber": sequence_number(records[-1]),
            "approximateArrivalOfFirstRecord": first,
            "approximateArrivalOfLastRecord": final,
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }
