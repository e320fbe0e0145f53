"""Times: epoch milliseconds inside, RFC 3339 on the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# time-hour is 00 to 23 and time-minute 00 to 59, in offsets too; Python's own reading differs from version to version.
TIME = r"([01]\d|2[0-3]):[0-5]\d"
RFC_3339 = re.compile(rf"\d{{4}}-\d\d-\d\d[Tt ]{TIME}:\d\d(\.\d{{1,9}})?([Zz]|[+-]{TIME})", re.ASCII)
# With or without separators and seconds, with a comma, with a short offset. Without an offset, a time is no moment.
ISO_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)"
    r"|(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)
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


def iso_8601_ms(value: object) -> int | None:
    """Returns a time of ISO 8601 with an offset in epoch milliseconds, rounded down; None for any other value."""
    found = ISO_8601.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()[:8] if found[1] else found.groups()[8:]
    zone = offset if offset in "Zz" else f"{offset[:3]}:{offset[3:].lstrip(':') or '00'}"
    return epoch_ms(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}.{fraction or '0'}{zone}")
