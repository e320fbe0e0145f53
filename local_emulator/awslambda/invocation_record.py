"""Builds the record of an asynchronous invocation for a destination or a dead-letter queue. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_emulator.awslambda.invocation import Invocation
from local_emulator.deployment import Function
from local_emulator.timestamps import iso_8601

MAX_ERROR_BYTES = 1024


@dataclass(frozen=True, slots=True)
class EndedEvent:
    """An event that has succeeded or was given up; `last` is its last attempt, None if it never ran."""

    function: Function
    payload: str
    request_id: str
    condition: str
    attempts: int
    last: Invocation | None


def invocation_record(ended: EndedEvent, now: float) -> dict[str, Any]:
    """The record for a destination, at `now` in epoch seconds.

    Lambda Developer Guide, invocation-async-retain-records. Reported: without an attempt there is no response.
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_8601(datetime.fromtimestamp(now, UTC)),
        "requestContext": {
            "requestId": ended.request_id,
            "functionArn": f"{ended.function.arn}:$LATEST",
            "condition": ended.condition,
            "approximateInvokeCount": ended.attempts,
        },
        "requestPayload": json.loads(ended.payload),
    }
    if ended.last is not None:
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
        if ended.last.failed:
            response["functionError"] = "Unhandled"
        record |= {"responseContext": response, "responsePayload": ended.last.result}
    return record


def dead_letter_attributes(ended: EndedEvent) -> dict[str, dict[str, str]]:
    """The message attributes beside the payload. ErrorCode is an HTTP status, ErrorMessage its first KB.

    Lambda Developer Guide, invocation-async-retain-records ("Adding a dead-letter queue").
    """
    code, message = "429", "Rate Exceeded."
    if ended.last is not None:
        code, message = "200", str(ended.last.result.get("errorMessage") or ended.condition)
    message = message.encode()[:MAX_ERROR_BYTES].decode(errors="ignore")
    return {
        "RequestID": {"DataType": "String", "StringValue": ended.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
        "ErrorMessage": {"DataType": "String", "StringValue": message},
    }
