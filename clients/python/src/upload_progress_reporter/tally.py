"""The count of bytes that the threads of a transfer share."""

import threading


class Tally:
    """A sum to which many threads add. It has its own lock, so that a callback waits for nothing else.

    boto3 reports deltas from its worker threads, negative ones when a download rewinds (s3transfer handles the rewinds
    of an upload itself). A wrapped file that is read again reports negative ones too. `UploadState` limits the sum to
    what is shown.
    """

    def __init__(self) -> None:
        # Re-entrant: a signal handler may report while the main thread stands inside `add`.
        self._lock = threading.RLock()
        self.value = 0
        self.least_step = 0  # of those added; 0 before the first

    def add(self, delta: int) -> None:
        """Adds `delta` bytes, which may be negative."""
        with self._lock:
            self.value += delta
            if delta > 0:
                self.least_step = min(self.least_step or delta, delta)

    def set(self, value: int) -> None:
        """Replaces the sum by `value` bytes."""
        with self._lock:
            self.value = value

    def after_fork(self) -> None:
        """Replaces the lock: the thread that may have held it does not exist in the child."""
        self._lock = threading.RLock()
