"""The sizes of the last steps of a count."""

from collections import deque

RECENT_STEPS = 16


class RecentSteps:
    """The last 16 steps by which the count rose, in bytes, as the sender saw them."""

    def __init__(self) -> None:
        self._sizes = deque[int](maxlen=RECENT_STEPS)

    def add(self, size: int) -> None:
        """Records a step; a step back is none."""
        if size > 0:
            self._sizes.append(size)

    def largest(self) -> int:
        """Returns the largest step; 0 before the first."""
        return max(self._sizes, default=0)

    def usual(self) -> int:
        """Returns the median of the steps; 0 before the first."""
        return sorted(self._sizes)[len(self._sizes) // 2] if self._sizes else 0
