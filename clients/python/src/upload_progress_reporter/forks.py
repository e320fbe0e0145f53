"""Resets inherited locks and queues after a fork, since the child has one thread."""

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """An object with locks, threads or a queue."""

    def after_fork(self) -> None:
        """Discards, in the child, the state of the parent."""


_living: "WeakSet[Forkable]" = WeakSet()
_lock = threading.RLock()  # re-entrant, for signal handlers


def watch(inherited: Forkable) -> None:
    """Calls `inherited.after_fork()` in every child of this process, as long as the object lives."""
    with _lock:
        _living.add(inherited)


def _reset() -> None:
    global _lock
    _lock = threading.RLock()
    for inherited in list(_living):
        inherited.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_reset)
