"""The line that a bar follows between two messages of its upload (docs/protocol.md, "Prediction"). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from clients.terminal.rotation import epoch_seconds

MAX_PERCENT_BEFORE_COMPLETED = 99.9
MAX_SILENT_INTERVALS = 2


@dataclass(frozen=True, slots=True)
class PredictionLimits:
    """The limits of prediction. The defaults are those of a server that does not allow it."""

    max_percent: float = 0.0
    seconds: float = 5.0
    late_seconds: float = 10.0
    late_after_seconds: float = 120.0

    def interval_seconds(self, upload: dict[str, Any]) -> float:
        """Returns the interval between two signs of life: it is longer once the attempt is old."""
        started, updated = (epoch_seconds(upload.get(name)) for name in ("startedAt", "updatedAt"))
        is_late = started is not None and updated is not None and updated - started >= self.late_after_seconds
        return self.late_seconds if is_late else self.seconds


def read_limits(welcome: dict[str, Any]) -> PredictionLimits:
    """Returns the limits in a `welcome`; a server that gives none of them allows no prediction."""
    names = ("maxPredictionPercent", "predictionSeconds", "latePredictionSeconds", "latePredictionAfterSeconds")
    values = [_number(welcome.get(name)) for name in names]
    return PredictionLimits() if None in values else PredictionLimits(*[value or 0.0 for value in values])


@dataclass(frozen=True, slots=True)
class Drawn:
    """The bytes that were last drawn for an attempt, and its highest confirmed count."""

    attempt: int = 0
    bytes: int = 0
    confirmed: int = 0


def predicted(
    upload: dict[str, Any], elapsed: float, limits: PredictionLimits, before: Drawn
) -> tuple[dict[str, Any], Drawn]:
    """Returns the upload as it is drawn `elapsed` seconds after its message, and what is drawn with it.

    `bytesUploaded` and `percent` follow the line and never fall within an attempt. `bytesPerSecond` and `etaSeconds`
    are None after two intervals without news, and while the count is below its highest value.
    """
    count, speed = _number(upload.get("bytesUploaded")) or 0.0, _number(upload.get("bytesPerSecond"))
    held = before if before.attempt == upload["attempt"] else Drawn()
    is_moving, is_repeating = upload["status"] == "uploading", count < held.confirmed
    is_known = is_moving and not is_repeating and elapsed < MAX_SILENT_INTERVALS * limits.interval_seconds(upload)
    line = count if is_repeating else line_bytes(upload, elapsed, limits)
    total = _number(upload.get("bytesTotal"))
    shown = math.floor(max(line, min(held.bytes, math.inf if total is None else total)))
    left = _seconds_left(upload, min(max(0.0, elapsed), limits.interval_seconds(upload)))
    drawn = upload | {
        "bytesUploaded": shown,
        "percent": _percent(upload, shown, total),
        "bytesPerSecond": upload.get("bytesPerSecond") if is_known and speed is not None else None,
        "etaSeconds": left if is_known else None,
    }
    return drawn, Drawn(upload["attempt"], shown, max(held.confirmed, math.floor(count)))


def line_bytes(upload: dict[str, Any], elapsed: float, limits: PredictionLimits) -> float:
    """Returns `bytesUploaded + bytesPerSecond * elapsed` within the limits.

    The line ends at `max_percent` of the bar, which is the count itself if the size is unknown.
    """
    count, total = _number(upload.get("bytesUploaded")) or 0.0, _number(upload.get("bytesTotal"))
    speed = _number(upload.get("bytesPerSecond")) or 0.0
    if upload["status"] != "uploading" or upload.get("unpredictable") is True:
        speed = 0.0
    moved = speed * min(max(0.0, elapsed), limits.interval_seconds(upload))
    line = count + min(moved, limits.max_percent / 100 * (count if total is None else total))
    return line if total is None else min(line, total)


def _percent(upload: dict[str, Any], shown: int, total: float | None) -> float | None:
    if upload["status"] == "completed" or total is None:
        percent: float | None = upload.get("percent")
        return percent
    return min(MAX_PERCENT_BEFORE_COMPLETED, math.floor(shown * 1000 / total) / 10) if total else 0.0


def _seconds_left(upload: dict[str, Any], elapsed: float) -> int | None:
    """Returns the time left, which reaches 0 only if the message says so."""
    left = _number(upload.get("etaSeconds"))
    return None if left is None else math.ceil(max(min(left, 1.0), left - elapsed))


def _number(value: object) -> float | None:
    """Returns a finite number that is not negative; None for other values."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and value >= 0 else None  # type: ignore[arg-type, return-value, operator]  # checked above
