"""The time to replace a connection before the server closes it for its age. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

LEAD_SECONDS = 30.0


def delay_seconds(closes_in: float, chance: float) -> float:
    """Returns a random delay (`chance` is from 0 to 1) that ends 30 s before the close at the latest.

    It is random so that clients that connected together do not rotate together.
    """
    return chance * max(0.0, closes_in - LEAD_SECONDS)


def clock_skew(welcome: dict[str, Any], opened_at: float) -> float:
    """Returns the seconds by which the server's clock is ahead.

    Both clocks count the age of a connection from `opened_at` (epoch seconds); 0 for a welcome without these fields.
    """
    expires_at, most = epoch_seconds(welcome.get("connectionExpiresAt")), welcome.get("maxConnectionSeconds")
    return 0.0 if expires_at is None or not isinstance(most, int) else expires_at - most - opened_at


def epoch_seconds(text: object) -> float | None:
    """Returns a time of the protocol (RFC 3339); None for other values."""
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
    except ValueError:
        return None
