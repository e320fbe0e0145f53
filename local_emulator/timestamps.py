"""The time of now in epoch milliseconds, and times in ISO 8601 as AWS writes them."""

from __future__ import annotations

import time
from datetime import datetime


def now_ms() -> int:
    """Returns the present time in epoch milliseconds."""
    return int(time.time() * 1000)


def iso_8601(moment: datetime, timespec: str = "milliseconds") -> str:
    """Returns a moment in UTC with `Z`, as in `2026-03-01T12:00:00.000Z`."""
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")
