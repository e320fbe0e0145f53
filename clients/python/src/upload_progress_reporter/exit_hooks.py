"""Delivers waiting updates at the end of this process, within one deadline for all hooks."""

import atexit
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Protocol

from . import forks

EXIT_SECONDS = 2.0
# A vain wait at the end of a `with` counts as a part of the wait at exit if that follows at once.
AT_ONCE_SECONDS = 1.0
# SIGHUP comes when a terminal closes; Windows has none.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

log = logging.getLogger("upload_progress_reporter")


class ProcessTerminatedError(Exception):
    """The process got SIGTERM or SIGHUP while its upload was under way."""


class Unended(Protocol):
    """An upload that ends with its `with` block."""

    def ended_by(self, error: BaseException) -> None:
        """Reports the end that `error` means."""


class ExitHooks:
    """Calls `flush(seconds)` when this process ends: by atexit, by multiprocessing's finalizers, by a signal.

    All hooks of a process wait `EXIT_SECONDS` in all. A signal has a hook only where it would end the process at
    once. There it has Python's default action, and the process is not process 1 (signal(7), kill(2)).
    """

    def __init__(self, flush: Callable[[float], bool]) -> None:
        self._flush = flush
        self._hooked_in = 0
        self.after_fork()
        forks.watch(self)

    def after_fork(self) -> None:
        """Resets a child: the uploads under way and the handlers of signals belong to its parent."""
        self._unended: set[Unended] = set()
        self._seconds_left = EXIT_SECONDS
        self._waited_until, self._waited_seconds = float("-inf"), 0.0
        self._looked_at_signals = self._warned = False
        for number in SIGNALS if self._hooked_in else ():
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, signal.SIG_DFL)

    def install(self) -> None:
        """Hooks the end of this process, once per process; a child that continues with a reporter counts too.

        A child of multiprocessing that was forked runs no atexit before Python 3.13, only the finalizers; the
        other children run both.
        """
        if not self._looked_at_signals and threading.current_thread() is threading.main_thread():
            self._looked_at_signals = True
            self._hook_signals()
        if self._hooked_in == os.getpid():
            return
        if self._hooked_in == 0:
            atexit.register(self.flush)
        self._hooked_in = os.getpid()
        multiprocessing = sys.modules.get("multiprocessing.util")
        if multiprocessing is not None:
            multiprocessing.Finalize(None, self.flush, exitpriority=0)

    def enter(self, upload: Unended) -> None:
        """Notes that `upload` is inside its `with` block."""
        self._unended.add(upload)

    def leave(self, upload: Unended) -> None:
        """Notes that `upload` has left its `with` block."""
        self._unended.discard(upload)

    def note_vain_wait(self, seconds: float) -> None:
        """Notes that the end of a `with` waited `seconds` for a target that took nothing."""
        self._waited_until, self._waited_seconds = time.monotonic(), seconds

    def flush(self) -> None:
        """Delivers waiting updates, within the rest of `EXIT_SECONDS`."""
        began = time.monotonic()
        if began - self._waited_until < AT_ONCE_SECONDS:
            self._seconds_left -= self._waited_seconds
        self._waited_seconds = 0.0
        if not self._flush(max(0.0, self._seconds_left)) and not self._warned:
            self._warned = True
            log.warning("The process ends before every update has left.")
        self._seconds_left -= time.monotonic() - began

    def flush_if_ending(self) -> None:
        """Delivers at once in a function that atexit runs: hooks that it registers are not run any more.

        There, the main thread runs although it counts as ended (threading._shutdown precedes atexit).
        """
        main = threading.main_thread()
        if threading.current_thread() is main and not main.is_alive():
            self.flush()

    def _hook_signals(self) -> None:
        for number in SIGNALS if os.getpid() != 1 else ():
            if signal.getsignal(number) == signal.SIG_DFL:
                try:
                    signal.signal(number, self._on_signal)
                except ValueError:  # an embedded interpreter whose main thread is not the process's
                    log.debug("Signal %d has no hook here.", number)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """Ends the uploads of open `with` blocks as failed, delivers, then lets the signal end the process."""
        signal.signal(number, signal.SIG_DFL)
        for upload in list(self._unended):
            upload.ended_by(ProcessTerminatedError())
        self.flush()
        os.kill(os.getpid(), number)
