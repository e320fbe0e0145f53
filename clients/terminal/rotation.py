"""When a connection is to have a successor, before the server closes it for its age. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

LEAD_SECONDS = 30.0


def delay_seconds(closes_in: float, chance: float) -> float:
    """From now on: a random moment (`chance` is from 0 to 1), so that a fleet that connected together does not rotate
    together, 30 s before the close at the latest."""
    return chance * max(0.0, closes_in - LEAD_SECONDS)


def clock_skew(welcome: dict[str, Any], opened_at: float) -> float:
    """How many seconds the server's clock is ahead of ours.

    Both count a connection's age from its beginning, `opened_at` in epoch seconds; 0 for a welcome that does not tell.
    """
    expires_at, most = epoch_seconds(welcome.get("connectionExpiresAt")), welcome.get("maxConnectionSeconds")
    return 0.0 if expires_at is None or not isinstance(most, int) else expires_at - most - opened_at


def epoch_seconds(text: object) -> float | None:
    """A time of the protocol (RFC 3339); None for what is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
    except ValueError:
        return None
