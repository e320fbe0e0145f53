"""Times: epoch milliseconds inside, RFC 3339 on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# time-hour is 00 to 23 and time-minute 00 to 59, in offsets too; Python's own reading differs from version to version.
TIME = r"([01]\d|2[0-3]):[0-5]\d"
RFC_3339 = re.compile(rf"\d{{4}}-\d\d-\d\d[Tt ]{TIME}:\d\d(\.\d{{1,9}})?([Zz]|[+-]{TIME})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = 253_370_764_800_000 - 1  # the end of 9998: with any offset still a year of four digits


def rfc3339(epoch_ms: int) -> str:
    """Returns the time in RFC 3339, UTC, with milliseconds."""
    moment = datetime.fromtimestamp(epoch_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"


def epoch_ms(value: object) -> int | None:
    """Returns an RFC 3339 time (section 5.6) in epoch milliseconds, rounded down; None for any other value."""
    try:
        if isinstance(value, str) and RFC_3339.fullmatch(value):
            since = (datetime.fromisoformat(value.upper()) - EPOCH) // timedelta(milliseconds=1)
            return since if 0 <= since <= LAST_MS else None
    except ValueError:  # the 30th of February
        pass
    return None
