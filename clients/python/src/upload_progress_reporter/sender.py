"""The sending thread: polls uploads for their progress and sends it in batches; no upload waits for it."""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

from . import forks
from .moment import Moment, read_clocks
from .outbox import Entry, Outbox, key_of
from .targets import NotSentError, Target
from .updates import Update
from .upload import UploadState

TICK_SECONDS = 0.1
IDLE_SECONDS = 10.0
MAX_WAITING = 10_000
# Progress is worth little after a minute. Another status may be the last one for a while: it has ten.
GIVE_UP_PROGRESS_SECONDS = 60.0
GIVE_UP_SECONDS = 600.0
BACK_OFF_SECONDS = 0.25
MAX_BACK_OFF_SECONDS = 8.0
FLUSH_BACK_OFF_SECONDS = 0.25
JITTER = random.Random().uniform  # its own generator, so that a program that seeds `random` is not disturbed

log = logging.getLogger("upload_progress_reporter")


class Sender:
    """Sends the updates of any number of uploads to one target, from one daemon thread.

    The thread starts with the first update and ends after `IDLE_SECONDS` without work. A batch that fails is
    tried again with full jitter, in its newest state. An update that failed for `GIVE_UP_SECONDS` is given up
    and logged, but never while a flush waits. No error of a target reaches the upload.
    `on_loss` is called with the number of updates that were given up, or dropped because too many waited.
    """

    def __init__(
        self,
        target: Target,
        *,
        on_loss: Callable[[int], object] = lambda lost: None,
        max_waiting: int = MAX_WAITING,
        idle_seconds: float = IDLE_SECONDS,
        clocks: Callable[[], Moment] = read_clocks,
        jitter: Callable[[float, float], float] = JITTER,
    ) -> None:
        self._target, self._clocks, self._jitter = target, clocks, jitter
        self._on_loss, self._idle_seconds = on_loss, idle_seconds
        self._outbox = Outbox(max_waiting)
        self._given_up = self._reported_losses = self._logged_drops = 0
        self.after_fork()
        forks.watch(self)

    def after_fork(self) -> None:
        """Resets thread, followed uploads and queue: the parent sends the updates that it queued."""
        self._wake = threading.Condition()
        self._outbox.clear()
        self._uploads: set[UploadState] = set()
        self._in_flight: list[Entry] = []
        self._sending = threading.RLock()  # re-entrant, for signal handlers
        self._thread: threading.Thread | None = None
        self._flushing = 0
        self._listeners: set[Callable[[], object]] = set()
        self._failures_in_a_row, self._failed_at, self._delay = 0, 0.0, 0.0
        self._reason = ""

    @property
    def lost(self) -> int:
        """The number of updates given up or dropped so far."""
        return self._given_up + self._outbox.dropped

    def put(self, upload: UploadState, update: Update) -> None:
        """Queues `update` and follows its upload until it ends."""
        with self._wake:
            self._outbox.put(update)
            self._report_losses()
            if upload.has_ended:
                self._leave(upload)
            else:
                self._uploads.add(upload)
                upload.followed = True
            self._ensure_thread()
            self._wake.notify_all()

    def follow(self, upload: UploadState) -> None:
        """Polls `upload` for progress from now on."""
        with self._wake:
            self._uploads.add(upload)
            upload.followed = True
            self._ensure_thread()
            self._wake.notify_all()

    def leave(self, upload: UploadState) -> None:
        """Stops polling `upload`."""
        with self._wake:
            self._leave(upload)

    def flush(self, timeout: float) -> bool:
        """Sends everything recorded so far; True if none of it waits any more after `timeout` seconds.

        True may include updates that were lost: compare `lost` before and after.
        """
        with self.flushing() as last:
            return self.wait_up_to(last, timeout)

    @contextlib.contextmanager
    def flushing(self) -> Iterator[int]:
        """Queues everything recorded so far and tries more often meanwhile; yields the last update's number."""
        self._collect(force=True)
        with self._hurrying():
            yield self._outbox.last_number

    def wait_up_to(self, last: int, timeout: float) -> bool:
        """Waits until the update of number `last` and all before it have left; False after `timeout` seconds."""
        return self._wait_until(lambda: self._is_done(last), timeout)

    def deliver(self, upload: UploadState, timeout: float) -> bool:
        """Waits until nothing of `upload` waits any more; False after `timeout` seconds."""
        with self._hurrying():
            return self._wait_until(lambda: self._has_left(upload), timeout)

    async def deliver_in_loop(self, upload: UploadState, timeout: float) -> bool:
        """Waits as `deliver` does, without a thread and without blocking the event loop."""
        with self._wake:
            if not self._ensure_thread():  # the interpreter is ending: nothing else runs in this loop
                return self.deliver(upload, timeout)
        loop, settled = asyncio.get_running_loop(), asyncio.Event()
        with self._hurrying(), self._listening(lambda: loop.call_soon_threadsafe(settled.set)):
            try:
                async with asyncio.timeout(timeout):
                    while not self._has_left(upload):
                        await settled.wait()
                        settled.clear()
            except TimeoutError:
                return False
        return True

    @contextlib.contextmanager
    def _hurrying(self) -> Iterator[None]:
        with self._wake:
            self._flushing += 1
            self._ensure_thread()
            self._wake.notify_all()
        try:
            yield
        finally:
            with self._wake:
                self._flushing -= 1

    @contextlib.contextmanager
    def _listening(self, listener: Callable[[], object]) -> Iterator[None]:
        with self._wake:
            self._listeners.add(listener)
        try:
            yield
        finally:
            with self._wake:
                self._listeners.discard(listener)

    def _wait_until(self, is_done: Callable[[], bool], timeout: float) -> bool:
        if threading.current_thread() is self._thread:
            return False  # a target that flushes would wait for itself
        seconds = min(max(0.0, timeout), threading.TIMEOUT_MAX)
        with self._wake:
            if self._ensure_thread():
                return self._wake.wait_for(is_done, seconds)
        return self._drain(is_done, time.monotonic() + seconds)

    def _leave(self, upload: UploadState) -> None:
        self._uploads.discard(upload)
        upload.followed = False

    def _is_done(self, last: int) -> bool:
        with self._wake:
            first = self._outbox.first_number
            return (first is None or first > last) and all(entry.number > last for entry in self._in_flight)

    def _has_left(self, upload: UploadState) -> bool:
        with self._wake:
            return not self._outbox.has(upload.key) and all(
                key_of(entry.update) != upload.key for entry in self._in_flight
            )

    def _drain(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Sends on the caller's thread; needed at the end of the interpreter, when no thread can start."""
        while not is_done() and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(self._seconds_to_wait(), left))
            self._send_batch()
        return is_done()

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
        """Waits for work; returns False after a long idle time, so that the thread may end."""
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
        """Queues the progress that is due; if a batch is to be sent, progress that is nearly due joins it."""
        with self._wake:
            uploads, riding = list(self._uploads), bool(self._outbox)
        at = self._clocks()
        if self._ask(uploads, at, riding=riding, force=force) and not riding:
            self._ask(uploads, at, riding=True, force=force)

    def _ask(self, uploads: list[UploadState], at: Moment, *, riding: bool, force: bool) -> bool:
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
                ends_first = self._flushing > 0  # a flush has a deadline, and an end is never lost to progress
                self._in_flight = self._outbox.take(
                    self._target.max_updates, self._target.max_bytes, ends_first=ends_first
                )
            unsent = self._deliver(self._in_flight)
            with self._wake:
                self._in_flight = []
                self._settle(unsent)
                self._wake.notify_all()
                self._notify_listeners()

    def _deliver(self, batch: list[Entry]) -> list[Entry]:
        """Calls the target; returns the entries that it did not take. It gets copies, which it may change."""
        copies = [entry.update.copy() for entry in batch]
        try:
            self._target.send([*copies])
            return []
        except NotSentError as failure:
            log.debug("Not sent: %s", failure)
            self._reason = str(failure)
            refused = [id(update) for update in failure.updates]
            return [entry for entry, copy in zip(batch, copies, strict=True) if id(copy) in refused]
        except BaseException as failure:  # even a SystemExit of the target must not end this thread
            log.debug("Not sent: %s: %.300s", type(failure).__name__, failure)
            self._reason = f"{type(failure).__name__}: {failure!s:.300}"
            return batch

    def _settle(self, unsent: list[Entry]) -> None:
        """Queues unsent entries again or gives them up, and sets the delay before the next try."""
        self._failures_in_a_row = self._failures_in_a_row + 1 if unsent else 0
        limit = min(MAX_BACK_OFF_SECONDS, BACK_OFF_SECONDS * 2 ** min(self._failures_in_a_row, 10))
        self._delay = self._jitter(0.0, limit) if unsent else 0.0
        self._failed_at = self._clocks().seconds
        for entry in unsent:
            if entry.failing_since is None:
                entry.failing_since = self._failed_at
        kept = [entry for entry in unsent if self._flushing or not self._is_hopeless(entry)]
        self._outbox.put_back(kept)
        self._given_up += len(unsent) - len(kept)
        self._log_losses(len(unsent) - len(kept))
        self._report_losses()

    def _is_hopeless(self, entry: Entry) -> bool:
        limit = GIVE_UP_PROGRESS_SECONDS if entry.update["status"] == "uploading" else GIVE_UP_SECONDS
        return entry.failing_since is not None and self._failed_at - entry.failing_since >= limit

    def _log_losses(self, given_up: int) -> None:
        if given_up:
            log.warning("%d updates given up after many tries. %s", given_up, self._reason)
        if dropped := self._outbox.dropped - self._logged_drops:
            log.warning("%d updates dropped: more were waiting than the queue holds.", dropped)
            self._logged_drops += dropped

    def _report_losses(self) -> None:
        if new := self.lost - self._reported_losses:
            self._reported_losses += new
            self._on_loss(new)

    def _notify_listeners(self) -> None:
        for listener in self._listeners:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it waits no more
                listener()
