"""Reads `ffmpeg -progress pipe:1`."""

MICROSECONDS = ("out_time_us", "out_time_ms")  # the second counts microseconds, too (FFmpeg ticket 7345)
# The last frame and the last packet of sound end up to so much later than the output was to last.
MAX_EXCESS_SECONDS = 1.0


class FfmpegReader:
    """Reads the position in the output, against `seconds`, its expected duration.

    Without a position (`N/A`) the frames count, if `frames` is their expected number. Otherwise the last percent stays.
    Output that lasts longer than expected makes the percent unknown.
    """

    def __init__(self, seconds: float | None = None, *, frames: int | None = None) -> None:
        self._expected_seconds, self._expected_frames = seconds, frames
        self.seconds = 0.0  # the furthest position yet
        self.percent: float | None = None
        self._has_position, self._frame = False, 0.0

    def __call__(self, line: str) -> float | None:
        """Returns the percent after this line; it changes at the end of a block."""
        key, _, value = line.partition("=")
        if key in MICROSECONDS:
            number = _number(value)
            self._has_position = number is not None
            self.seconds = max(self.seconds, (number or 0.0) / 1_000_000)
        elif key == "frame":
            self._frame = max(self._frame, _number(value) or 0.0)
        elif key == "progress":
            self.percent = self._percent()
        return self.percent

    def _percent(self) -> float | None:
        if self._expected_seconds and self._expected_seconds + MAX_EXCESS_SECONDS < self.seconds:
            return None
        share = None
        if self._expected_seconds and self._has_position:
            share = self.seconds / self._expected_seconds
        elif self._expected_frames:
            share = self._frame / self._expected_frames
        if share is None:
            return self.percent
        return max(self.percent or 0.0, min(100.0, 100 * share))


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None  # "N/A"
