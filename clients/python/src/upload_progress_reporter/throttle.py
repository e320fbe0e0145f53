"""When a change of progress is worth an update."""

INTERVAL_SECONDS = 0.5
RIDE_ALONG_SECONDS = 0.4
MIN_INTERVAL_SECONDS = 0.1
STEP_PERCENT = 1.0


def is_due(
    elapsed: float, moved_percent: float, *, riding: bool = False, min_seconds: float = MIN_INTERVAL_SECONDS
) -> bool:
    """Tells whether progress that changed may be sent, `elapsed` seconds after the upload's last update.

    Due after `INTERVAL_SECONDS`, or earlier if it moved by `STEP_PERCENT` or more, but never within
    `min_seconds`: a small file would otherwise cost a hundred updates in one second. If a call is about
    to leave anyway (`riding`), whoever is nearly due goes with it, so that many uploads fall into step.
    """
    if elapsed < min_seconds:
        return False
    interval = RIDE_ALONG_SECONDS if riding else INTERVAL_SECONDS
    return elapsed >= interval or moved_percent >= STEP_PERCENT
