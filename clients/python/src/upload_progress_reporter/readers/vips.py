"""Reads the progress of libvips: `vips --vips-progress`, or VIPS_PROGRESS=1 for other programs."""

import re

from .percent import overall

SIZE = re.compile(r"^\S+ (\S+): (\d+) x (\d+) pixels")
PERCENT = re.compile(r"^\S+ (\S+): (\d+)% complete")
# One tile. Smaller images are masks and lookup tables.
MIN_PIXELS = 128 * 128


class VipsReader:
    """Reads the percent of all evaluated images, of which there are `runs`.

    An image that is decoded for random access, or averaged first, is one of its own. Images of less than a tile do not
    count: a blur has several as masks.
    """

    def __init__(self, *, runs: int = 1) -> None:
        self._runs, self._run, self._image = runs, 0, ""
        self.percent: float | None = None

    def __call__(self, line: str) -> float | None:
        """Returns the percent after this line."""
        if (size := SIZE.match(line)) and int(size[2]) * int(size[3]) >= MIN_PIXELS:
            self._run, self._image = self._run + 1, size[1]
        elif (found := PERCENT.match(line)) and found[1] == self._image:
            self.percent = overall(float(found[2]), self._run, self._runs)
        return self.percent
