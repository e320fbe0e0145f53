"""The local clock, corrected by the gateway's: a signature is valid for five minutes only."""

from __future__ import annotations

import time
from datetime import UTC
from email.utils import parsedate_to_datetime

SKEW_SECONDS = 240.0  # a minute less than AWS allows


class ServerClock:
    """Epoch seconds by the gateway's clock, as far as known. A laptop's clock may be hours off after a sleep."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        return time.time() + self._offset

    def correct(self, date: str, signed_at: float) -> bool:
        """Adopts the gateway's `Date` if the signature is too far from it; returns False if it is not."""
        at = http_date(date)
        if at is None or abs(at - signed_at) <= SKEW_SECONDS:
            return False
        self._offset = at - time.time()
        return True


def http_date(text: str) -> float | None:
    """Returns the epoch seconds of an HTTP date; None for other texts (RFC 9110, 5.6.7)."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
