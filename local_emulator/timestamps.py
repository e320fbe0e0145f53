"""The time of now in epoch milliseconds, and times as AWS writes them: in ISO 8601 and in the Common Log Format."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

# Not strftime: its %b follows the locale of the process.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def now_ms() -> int:
    """Returns the present time in epoch milliseconds."""
    return int(time.time() * 1000)


def iso_8601(moment: datetime, timespec: str = "milliseconds") -> str:
    """Returns a moment in UTC with `Z`, as in `2026-03-01T12:00:00.000Z`."""
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")


def request_time(now: int) -> str:
    """Returns `now` in the Common Log Format, in UTC: `29/Nov/2023:08:04:01 +0000`. Documented."""
    return _clf_time(now // 1000)


@lru_cache(maxsize=2)
def _clf_time(seconds: int) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day:02d}/{_MONTHS[at.month - 1]}/{at.year:04d}:{at:%H:%M:%S} +0000"
