"""The time that an invocation has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.thread_pool import SecondsLeft


def seconds_left(context: Any, spare_ms: int) -> SecondsLeft:
    """Returns a function that returns the seconds until `spare_ms` before Lambda ends the invocation."""
    return lambda: float(context.get_remaining_time_in_millis() - spare_ms) / 1000
