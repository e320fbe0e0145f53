"""The senders of this process: one per target, shared by its uploads, flushed at exit."""

import contextlib
import threading
import time
from weakref import WeakSet, WeakValueDictionary

from . import forks
from .exit_hooks import EXIT_SECONDS, ExitHooks
from .sender import Sender
from .targets import Target


class Senders:
    """Finds the sender of a target. A sender exists as long as a reporter uses it or its thread has work."""

    def __init__(self) -> None:
        self._shared: WeakValueDictionary[Target, Sender] = WeakValueDictionary()
        self._all: WeakSet[Sender] = WeakSet()
        self.lost = 0
        self.after_fork()
        forks.watch(self)

    def after_fork(self) -> None:
        """Replaces the lock; the senders reset themselves."""
        self._lock = threading.RLock()  # re-entrant, for signal handlers

    def of(self, target: Target) -> Sender:
        """Returns the sender for targets equal to `target`; a separate one for a target without a hash."""
        with self._lock:
            try:
                sender = self._shared.get(target)
                if sender is None:
                    sender = self._shared[target] = Sender(target, on_loss=self._add_losses)
            except TypeError:
                sender = Sender(target, on_loss=self._add_losses)
            self._all.add(sender)
            return sender

    def flush(self, timeout: float) -> bool:
        """Flushes every sender, all at the same time; True if nothing waits any more after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            senders = list(self._all)
        with contextlib.ExitStack() as stack:
            lasts = [(sender, stack.enter_context(sender.flushing())) for sender in senders]
            return all([sender.wait_up_to(last, deadline - time.monotonic()) for sender, last in lasts])

    def _add_losses(self, lost: int) -> None:
        with self._lock:
            self.lost += lost


SENDERS = Senders()
EXIT_HOOKS = ExitHooks(SENDERS.flush)
_reported_losses = 0


def flush(timeout: float = EXIT_SECONDS) -> bool:
    """Sends what every reporter of this process recorded, and tries again until `timeout` seconds have passed.

    True if all of it left. False if anything still waits, or was given up or dropped since the last call.
    """
    global _reported_losses
    has_left = SENDERS.flush(timeout)
    before, _reported_losses = _reported_losses, SENDERS.lost
    return has_left and before == _reported_losses
