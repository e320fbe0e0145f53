"""Watches the process that has started the emulator."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

POLL_SECONDS = 1.0
STDIN = 0


def watch_parent(ended: Callable[[], object]) -> None:
    """Calls `ended` once, in a thread, when standard input closes or this process gets another parent.

    A killed parent closes the pipe. Where forks of the parent keep it open, the parent's process id tells its end.
    """
    threading.Thread(target=_watch, args=(os.getppid(), ended), name="parent", daemon=True).start()


def _watch(parent: int, ended: Callable[[], object]) -> None:
    while os.getppid() == parent:
        readable, _, _ = select.select([STDIN], [], [], POLL_SECONDS)
        if readable and not os.read(STDIN, 4096):
            break
    ended()
