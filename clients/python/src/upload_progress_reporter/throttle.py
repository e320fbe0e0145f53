"""Limits the rate and the number of updates."""

import math

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


class Allowance:
    """The number of updates that the throttle alone would have sent so far, less those sent instead of them.

    An update that clients could predict is left out, and a correction is sent when it is needed. `left` keeps their
    number at or below that of a reporter that predicts nothing.
    """

    def __init__(self, min_seconds: float) -> None:
        self.left = 0
        self._min_seconds = min_seconds
        self._shown: object = None
        self._sent_at, self._percent = -math.inf, 0.0

    def restart(self, seconds: float, shown: object, percent: float) -> None:
        """Records an update that is sent in any case, such as a change of status."""
        self._shown, self._sent_at, self._percent = shown, seconds, percent

    def observe(self, seconds: float, shown: object, percent: float, *, riding: bool) -> None:
        """Adds an update if `shown`, at `percent` of the bar, is changed and due."""
        elapsed, moved = seconds - self._sent_at, percent - self._percent
        if shown != self._shown and is_due(elapsed, moved, riding=riding, min_seconds=self._min_seconds):
            self.restart(seconds, shown, percent)
            self.left += 1
