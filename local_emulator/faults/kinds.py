"""The kinds of faults: their effect, their targets and the fields that each has beside the common ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_emulator.faults.latency import Latency

COMMON_FIELDS = ("after", "times", "probability", "seed")

AIMS = {
    "connection": "a connection id",
    "user": "the authorizer's principalId, or userId in its context",
    "function": "a function's logical id or name",
    "table": "a table's logical id or name",
    "operation": "post, get or delete for @connections; DynamoDB's own names, such as PutItem",
}
MANAGEMENT_OPERATIONS = ("post", "get", "delete")

_CONNECTION = ("connection", "user")
_FUNCTION = ("function", *_CONNECTION)
_DYNAMODB = ("table", "operation")


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind. `occasion` is the event that it counts; `default` fills omitted fields and targets."""

    name: str
    about: str
    occasion: str
    aims: tuple[str, ...]
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    default: Mapping[str, Any] = field(default_factory=dict)
    counted_by: str | None = None

    @property
    def all_fields(self) -> tuple[str, ...]:
        return (*COMMON_FIELDS, *self.fields)


KINDS = {
    kind.name: kind
    for kind in (
        FaultKind(
            "lost-disconnect",
            "The connection ends and $disconnect is never invoked.",
            "connections that end",
            _CONNECTION,
        ),
        FaultKind(
            "half-open",
            "The client's TCP connection is cut and the gateway does not notice: posts are answered 200 into the void "
            "until the idle or age limit or a DELETE ends it.",
            "connections open or opening",
            _CONNECTION,
            ("delayMs",),
        ),
        FaultKind(
            "black-hole",
            "The client stays connected, but nothing arrives from it or at it.",
            "connections open or opening",
            _CONNECTION,
            ("delayMs",),
        ),
        FaultKind(
            "management-error",
            "A call of @connections is refused, in the gateway's own words.",
            "calls for open connections",
            (*_CONNECTION, "operation"),
            ("status", "retryAfterSeconds", "carriedOut"),
            ("status",),
            {"operation": "post", "carriedOut": False},
        ),
        FaultKind(
            "management-latency",
            "A call of @connections takes longer.",
            "calls for open connections",
            (*_CONNECTION, "operation"),
            ("delayMs",),
            ("delayMs",),
            {"operation": "post"},
        ),
        FaultKind(
            "late-delivery",
            "A post is answered 200 at once, but the message leaves later; others may overtake it.",
            "messages to the client",
            _CONNECTION,
            ("delayMs",),
            ("delayMs",),
        ),
        FaultKind(
            "reordered-delivery",
            "The messages of one connection leave in another order, window by window.",
            "messages to the client",
            _CONNECTION,
            ("window", "holdMs"),
            (),
            {"window": 2, "holdMs": 1000},
        ),
        FaultKind(
            "invoke-latency",
            "A function starts later, on its caller's time.",
            "calls of functions",
            _FUNCTION,
            ("delayMs",),
            ("delayMs",),
        ),
        FaultKind(
            "cold-start",
            "The first call of each function waits, or every nth; with reload its modules are loaded anew.",
            "calls of each function",
            ("function",),
            ("delayMs", "every", "reload"),
            (),
            {"delayMs": Latency("fixed", (500.0,)), "reload": False},
            counted_by="function",
        ),
        FaultKind(
            "function-hang",
            "A function does nothing until its time-out.",
            "calls of functions",
            _FUNCTION,
        ),
        FaultKind(
            "function-error",
            "A function raises, before or after it has done its work.",
            "calls of functions",
            _FUNCTION,
            ("errorType", "errorMessage", "when"),
            (),
            {"errorType": "Exception", "errorMessage": "switched on by a fault", "when": "before"},
        ),
        FaultKind(
            "function-throttled",
            "Lambda rejects a call for want of concurrency: 429 to who invokes, a failed integration to the gateway.",
            "calls of functions",
            _FUNCTION,
            ("retryAfterSeconds",),
        ),
        FaultKind(
            "authorizer-error",
            "An authorizer fails (500), says Unauthorized (401) or denies (403).",
            "calls of authorizers",
            ("function",),
            ("outcome",),
            (),
            {"outcome": "error"},
        ),
        FaultKind(
            "dynamodb-throttled",
            "DynamoDB answers ProvisionedThroughputExceededException and does nothing.",
            "calls of DynamoDB",
            _DYNAMODB,
        ),
        FaultKind(
            "dynamodb-down",
            "The TCP connection to DynamoDB breaks, and nothing is done.",
            "calls of DynamoDB",
            _DYNAMODB,
        ),
        FaultKind(
            "dynamodb-latency",
            "A call of DynamoDB takes longer.",
            "calls of DynamoDB",
            _DYNAMODB,
            ("delayMs",),
            ("delayMs",),
        ),
    )
}
