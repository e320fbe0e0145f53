"""The counts of one push: the answer of the function, and the metrics in its log."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


def _count(metric: str | None = None) -> int:
    counted: int = field(default=0, metadata={"metric": metric})
    return counted


@dataclass(slots=True)
class PushCounts:
    """Counts under the names of the answer, in its order; docs/protocol.md says what each counts."""

    received: int = _count("UpdatesReceived")
    invalid: int = _count("UpdatesInvalid")
    ignored: int = _count()
    expired: int = _count("UpdatesExpired")
    stale: int = _count("UpdatesStale")
    duplicate: int = _count("UpdatesDuplicate")
    conflated: int = _count("UpdatesConflated")
    delivered: int = _count("SendsDelivered")
    pending: int = _count("SendsPending")
    gone: int = _count("SendsGone")
    failed: int = _count("SendsFailed")
    queued: int = _count("UpdatesQueued")
    closed: int = _count()

    @property
    def metrics(self) -> dict[str, Any]:
        """Returns the metrics above 0: a 0 adds nothing to a sum, and CloudWatch Logs bills each byte."""
        named = ((one.metadata["metric"], getattr(self, one.name)) for one in fields(self))
        return {metric: number for metric, number in named if metric and number}
