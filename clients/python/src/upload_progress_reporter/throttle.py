"""Limits the rate of updates."""

INTERVAL_SECONDS = 0.5
RIDE_ALONG_SECONDS = 0.4
MIN_INTERVAL_SECONDS = 0.1
STEP_PERCENT = 1.0


def is_due(
    elapsed: float, moved_percent: float, *, riding: bool = False, min_seconds: float = MIN_INTERVAL_SECONDS
) -> bool:
    """Returns True if changed progress may be sent, `elapsed` seconds after the upload's last update.

    Due after `INTERVAL_SECONDS`, or earlier if it moved by `STEP_PERCENT` or more, but never within
    `min_seconds`: a small file would otherwise cost a hundred updates in one second. If a call is about
    to be made anyway (`riding`), uploads that are nearly due join it.
    """
    if elapsed < min_seconds:
        return False
    interval = RIDE_ALONG_SECONDS if riding else INTERVAL_SECONDS
    return elapsed >= interval or moved_percent >= STEP_PERCENT
