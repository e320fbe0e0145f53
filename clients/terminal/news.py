"""The age of the last news of an upload, and the states that follow from it. Pure."""

from __future__ import annotations

from typing import Any

from clients.terminal.prediction import PredictionLimits
from clients.terminal.rotation import epoch_seconds

QUIET_SECONDS = 30.0
ARRIVAL_SECONDS = 1.0  # a sign of life may take this time to arrive
DEFAULT_LIMITS = PredictionLimits()
STALLED_SECONDS = 120.0
CLOCK_ERROR_SECONDS = 300.0
MOVING = frozenset({"uploading", "processing"})
RUNNING = MOVING | {"queued", "paused"}


def dated(update: object, received_at: float, skew: float, live: bool) -> object:
    """Returns an update with `newsAt`, the time of its last news; returns other values unchanged.

    Times are epoch seconds of this machine's clock; the server's is `skew` seconds ahead. `updatedAt` is a time of the
    pipeline's clock: an update that comes live is news of the moment unless it is older than a wrong clock explains.
    """
    if not isinstance(update, dict):
        return update
    told = epoch_seconds(update.get("updatedAt"))
    allowed = CLOCK_ERROR_SECONDS if live else 0.0
    is_old = told is not None and told - skew < received_at - allowed
    return update | {"newsAt": told - skew if is_old and told is not None else received_at}


def age_seconds(upload: dict[str, Any], now: float) -> float:
    """Returns the age of the news; 0 without a known time."""
    news_at: float = upload.get("newsAt", now)
    return max(0.0, now - news_at)


def is_quiet(upload: dict[str, Any], now: float, limits: PredictionLimits = DEFAULT_LIMITS) -> bool:
    """Returns True if news is missing: a sign of life while bytes move, any news in other states.

    There it is missing after 30 s, or after the time that a phase may be silent.
    """
    is_uploading = upload["status"] == "uploading"
    after = limits.interval_seconds(upload) + ARRIVAL_SECONDS
    after = after if is_uploading else _stalled_after(upload, QUIET_SECONDS)
    return upload["status"] in RUNNING and age_seconds(upload, now) >= after


def is_stalled(upload: dict[str, Any], now: float, after_seconds: float = STALLED_SECONDS) -> bool:
    """Returns True if a moving upload had no news for too long; queued and paused uploads do not move.

    `stalledAfterSeconds` of the upload replaces `after_seconds`.
    """
    return upload["status"] in MOVING and age_seconds(upload, now) >= _stalled_after(upload, after_seconds)


def _stalled_after(upload: dict[str, Any], default: float) -> float:
    seconds = upload.get("stalledAfterSeconds")
    return seconds if isinstance(seconds, int) and seconds > 0 else default
