"""After a fork the child has one thread: locks and queues that it inherited start anew."""

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """What holds locks, threads or a queue."""

    def after_fork(self) -> None:
        """Forgets, in the child, what belongs to the parent."""


_living: "WeakSet[Forkable]" = WeakSet()
_lock = threading.RLock()  # re-entrant, for signal handlers


def watch(inherited: Forkable) -> None:
    """Has `inherited.after_fork()` called in every child of this process, as long as it lives."""
    with _lock:
        _living.add(inherited)


def _start_anew() -> None:
    global _lock
    _lock = threading.RLock()
    for inherited in list(_living):
        inherited.after_fork()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_start_anew)
