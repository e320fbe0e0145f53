"""The senders of this process: one per target, shared by its uploads, flushed at exit."""

import atexit
import os
import sys
import threading
import time
from weakref import WeakSet, WeakValueDictionary

from . import forks
from .sender import Sender
from .targets import Target

EXIT_SECONDS = 2.0


class Senders:
    """Finds the sender of a target. A sender lives as long as a reporter uses it or its thread has work."""

    def __init__(self) -> None:
        self._shared: WeakValueDictionary[Target, Sender] = WeakValueDictionary()
        self._all: WeakSet[Sender] = WeakSet()
        self._exit_hook_in = 0
        self.after_fork()

    def after_fork(self) -> None:
        """Replace the lock; the senders themselves start anew on their own."""
        self._lock = threading.RLock()  # re-entrant, for signal handlers

    def of(self, target: Target) -> Sender:
        """Return the sender for targets equal to `target`; one of its own for a target that has no hash."""
        with self._lock:
            try:
                sender = self._shared.get(target)
                if sender is None:
                    sender = self._shared[target] = Sender(target)
            except TypeError:
                sender = Sender(target)
            self._all.add(sender)
            return sender

    def flush(self, timeout: float) -> bool:
        """Flush every sender within `timeout` seconds in all; True if everything left in time."""
        deadline = time.monotonic() + timeout
        with self._lock:
            living = list(self._all)
        return all([sender.flush(max(0.0, deadline - time.monotonic())) for sender in living])

    def hook_exit(self) -> None:
        """Flush when this process ends, once per process; children of multiprocessing skip atexit."""
        if self._exit_hook_in == os.getpid():
            return
        if self._exit_hook_in == 0:
            atexit.register(self.flush, EXIT_SECONDS)
        self._exit_hook_in = os.getpid()
        multiprocessing = sys.modules.get("multiprocessing.util")
        if multiprocessing is not None:
            multiprocessing.Finalize(None, self.flush, (EXIT_SECONDS,), exitpriority=0)


SENDERS = Senders()
forks.watch(SENDERS)


def flush(timeout: float = EXIT_SECONDS) -> bool:
    """Send what every reporter of this process recorded, within `timeout` seconds; True if all left."""
    return SENDERS.flush(timeout)
