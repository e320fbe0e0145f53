"""The thread that sends: it asks uploads for their progress, batches it, and never lets anyone wait."""

import logging
import random
import threading
import time
from collections.abc import Callable

from . import forks
from .moment import Moment, read_clocks
from .outbox import Entry, Outbox
from .targets import NotSent, Target
from .updates import Update
from .upload import Upload

TICK_SECONDS = 0.1
IDLE_SECONDS = 10.0
MAX_WAITING = 10_000
MAX_TRIES = 6
BACK_OFF_SECONDS = 0.25
MAX_BACK_OFF_SECONDS = 8.0
FLUSH_BACK_OFF_SECONDS = 0.25

log = logging.getLogger("upload_progress_reporter")


class Sender:
    """Sends the updates of any number of uploads to one target, from one daemon thread.

    The thread starts with the first update and ends after `IDLE_SECONDS` without work. A batch that fails is
    tried again with full jitter, `MAX_TRIES` times per update in all, in its newest state; then it is dropped
    and logged. Nothing that a target does ever reaches the upload.
    """

    def __init__(
        self,
        target: Target,
        *,
        max_waiting: int = MAX_WAITING,
        idle_seconds: float = IDLE_SECONDS,
        clocks: Callable[[], Moment] = read_clocks,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._target, self._clocks, self._jitter = target, clocks, jitter
        self._idle_seconds = idle_seconds
        self._outbox = Outbox(max_waiting)
        self._reported_drops = 0
        self.after_fork()
        forks.watch(self)

    def after_fork(self) -> None:
        """Start with no thread, no followed uploads and an empty queue: the parent sends what it queued."""
        self._wake = threading.Condition()
        self._outbox.clear()
        self._uploads: set[Upload] = set()
        self._in_flight: list[Entry] = []
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self._flushing = 0
        self._failures_in_a_row, self._failed_at, self._delay = 0, 0.0, 0.0
        self._reason = ""

    def put(self, upload: Upload, update: Update) -> None:
        """Queue `update` and follow its upload until it ends."""
        with self._wake:
            self._outbox.put(update)
            if upload.has_ended:
                self._leave(upload)
            else:
                self._uploads.add(upload)
                upload.followed = True
            self._ensure_thread()
            self._wake.notify_all()

    def follow(self, upload: Upload) -> None:
        """Ask `upload` for progress from now on."""
        with self._wake:
            self._uploads.add(upload)
            upload.followed = True
            self._ensure_thread()
            self._wake.notify_all()

    def leave(self, upload: Upload) -> None:
        """Ask `upload` no more."""
        with self._wake:
            self._leave(upload)

    def flush(self, timeout: float) -> bool:
        """Send everything recorded so far; True if none of it waits any more after `timeout` seconds."""
        if threading.current_thread() is self._thread:
            return False  # a target that flushes would wait for itself
        deadline = time.monotonic() + timeout
        self._collect(force=True)
        with self._wake:
            last = self._outbox.last_number
            self._flushing += 1
            try:
                self._wake.notify_all()
                if self._ensure_thread():
                    return self._wake.wait_for(lambda: self._is_done(last), max(0.0, deadline - time.monotonic()))
            finally:
                self._flushing -= 1
        return self._drain(last, deadline)

    def _leave(self, upload: Upload) -> None:
        self._uploads.discard(upload)
        upload.followed = False

    def _is_done(self, last: int) -> bool:
        first = self._outbox.first_number
        return (first is None or first > last) and all(entry.number > last for entry in self._in_flight)

    def _drain(self, last: int, deadline: float) -> bool:
        """Send on the caller's thread; needed at the end of the interpreter, when no thread can start."""
        while not self._is_done(last) and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(self._seconds_to_wait(), left))
            self._send_batch()
        return self._is_done(last)

    def _ensure_thread(self) -> bool:
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._run, name="upload-progress-reporter", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # "can't start new thread", or the interpreter is ending
                return False
            self._thread = thread
        return True

    def _run(self) -> None:
        while self._wait():
            self._collect()
            self._send_batch()

    def _wait(self) -> bool:
        """Wait until there is something to do; False if there was nothing for long: the thread may end."""
        with self._wake:
            seconds = self._seconds_to_wait()
            notified = seconds <= 0 or self._wake.wait(seconds)
            if notified or self._outbox or seconds < self._idle_seconds:
                return True
            self._thread = None
            return False

    def _seconds_to_wait(self) -> float:
        if self._outbox:
            return max(0.0, self._resume_at() - self._clocks().seconds)
        moving = any(upload.is_moving or upload.abandoned for upload in self._uploads)
        return TICK_SECONDS if moving else self._idle_seconds

    def _resume_at(self) -> float:
        delay = min(self._delay, FLUSH_BACK_OFF_SECONDS) if self._flushing else self._delay
        return self._failed_at + delay

    def _collect(self, *, force: bool = False) -> None:
        """Queue the progress that is due; if anything is to leave, who is nearly due leaves with it."""
        with self._wake:
            uploads, riding = list(self._uploads), bool(self._outbox)
        at = self._clocks()
        if self._ask(uploads, at, riding=riding, force=force) and not riding:
            self._ask(uploads, at, riding=True, force=force)

    def _ask(self, uploads: list[Upload], at: Moment, *, riding: bool, force: bool) -> bool:
        found = False
        for upload in uploads:
            update = upload.progress(at, riding=riding, force=force or upload.abandoned)
            with self._wake:
                if update is not None:
                    self._outbox.put(update)
                    found = True
                if upload.abandoned:
                    self._leave(upload)
        return found

    def _send_batch(self) -> None:
        with self._sending:
            with self._wake:
                if not self._outbox or self._clocks().seconds < self._resume_at():
                    return
                self._in_flight = self._outbox.take(self._target.max_updates, self._target.max_bytes)
            unsent = self._deliver(self._in_flight)
            with self._wake:
                self._in_flight = []
                self._settle(unsent)
                self._wake.notify_all()

    def _deliver(self, batch: list[Entry]) -> list[Entry]:
        """Call the target; return what it did not take."""
        try:
            self._target.send([entry.update for entry in batch])
            return []
        except NotSent as failure:
            log.debug("Not sent: %s", failure)
            refused = [id(update) for update in failure.updates]
            return [entry for entry in batch if id(entry.update) in refused]
        except BaseException as failure:  # even a SystemExit of the target must not end this thread
            log.debug("Not sent: %s: %.300s", type(failure).__name__, failure)
            self._reason = f"{type(failure).__name__}: {failure!s:.300}"
            return batch

    def _settle(self, unsent: list[Entry]) -> None:
        """Queue what was not taken again, or give it up, and say how long to wait."""
        self._failures_in_a_row = self._failures_in_a_row + 1 if unsent else 0
        most = min(MAX_BACK_OFF_SECONDS, BACK_OFF_SECONDS * 2**self._failures_in_a_row)
        self._delay = self._jitter(0.0, most) if unsent else 0.0
        self._failed_at = self._clocks().seconds
        for entry in unsent:
            entry.failures += 1
        self._outbox.put_back([entry for entry in unsent if entry.failures < MAX_TRIES])
        self._log_losses(sum(entry.failures >= MAX_TRIES for entry in unsent))

    def _log_losses(self, given_up: int) -> None:
        if given_up:
            log.warning("%d updates given up after %d tries. %s", given_up, MAX_TRIES, self._reason)
        if dropped := self._outbox.dropped - self._reported_drops:
            log.warning("%d updates dropped: more were waiting than the queue holds.", dropped)
            self._reported_drops += dropped
