"""The reporter: the interface of this package to an upload pipeline."""

import asyncio
import logging
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self, TypeVar, overload

from . import bounds, failure, forks
from .body import Unopened, is_empty, open_body
from .counted_file import CountedFile
from .exit_hooks import EXIT_SECONDS
from .harmless import harmless
from .moment import read_clocks
from .prediction import SIGN_OF_LIFE_SECONDS
from .senders import EXIT_HOOKS, SENDERS
from .targets import Target, as_target
from .throttle import MIN_INTERVAL_SECONDS
from .transfer_subscriber import TransferSubscriber
from .updates import Status, Update, UploadError
from .upload import UploadState

MIN_SIGN_OF_LIFE_SECONDS = 1.0

log = logging.getLogger("upload_progress_reporter")

Body = TypeVar("Body")


class UploadReporter:
    """Reports one upload: a boto3 callback, a context manager, and a method for every status.

    Calling it records a delta in bytes and returns; a daemon thread, shared by all uploads to the same
    target, sends. After construction no method raises, whatever the target does and whatever is passed,
    except for one misuse: a `with` on a reporter whose attempt has ended.

    Args:
        user_id: the user whose connections see the upload; 1 to 255 characters without control characters.
        upload_id: the id of the upload; 1 to 1024 bytes of UTF-8 without control characters, as a key in S3.
        file_name: the name for people; cut at 1024 characters.
        target: a LambdaTarget, an SqsTarget, or any callable that takes a list of updates.
        bytes_total: the size in bytes; None if it is unknown (no percent, no ETA). 0 is an empty file.
        attempt: the number of the attempt, where a job queue counts them: 1, or higher when it delivers the job
            again. Updates of a number that has ended are refused as stale. By default push counts: each
            reporter, and each `retry()`, is a run of its own, and one after an end is the next attempt.
        phase: the name of the transfer's phase.
        counts: `"parts"` where the count rises once per part or request: a part in progress is then no stall.
        on_success: the status that leaving the context without an exception reports. `"processing"` leaves
            the end to a later step of the pipeline.
        retry_on: the exceptions, a class or a tuple of classes, after which a job queue runs the job again. The block
            then reports `queued` in the same attempt, instead of an end.
        error_message: turns an exception into words for the user. By default its text is not sent.
        min_interval_seconds: the minimum between two updates of progress; raise it to 5 to 15 where
            thousands of uploads run at once. Changes of status, phase or message never wait.
        sign_of_life_seconds: the maximum between two updates while bytes are expected; twice as long after two minutes.
            Clients predict progress for 5 s (10 s after two minutes): above 5 their bars stop in between.
        flush_on_exit_seconds: the maximum wait for the delivery of the end when the context is left; 0 does not wait.
            Children of RQ and Celery end without `atexit`, and a Lambda function is frozen afterwards: without
            the wait they lose the end. A `with` inside an event loop does not wait; `async with` does.

    Raises:
        ValueError: an argument that can never be right, named.
    """

    def __init__(
        self,
        *,
        user_id: str,
        upload_id: str,
        file_name: str,
        target: Target | Callable[[list[Update]], object],
        bytes_total: int | None = None,
        attempt: int | None = None,
        phase: str = "transfer",
        counts: Literal["bytes", "parts"] = "bytes",
        on_success: Literal["completed", "processing"] = "completed",
        retry_on: bounds.ExceptionClasses = (),
        error_message: Callable[[BaseException], str | None] | None = None,
        min_interval_seconds: float = MIN_INTERVAL_SECONDS,
        sign_of_life_seconds: float = SIGN_OF_LIFE_SECONDS,
        flush_on_exit_seconds: float = EXIT_SECONDS,
    ) -> None:
        self._upload = UploadState(
            bounds.user_id(user_id),
            bounds.upload_id(upload_id),
            bounds.text(file_name, bounds.MAX_FILE_NAME_CHARS),
            None if bytes_total is None else bounds.positive("bytes_total", bytes_total, 0),
            None if attempt is None else bounds.positive("attempt", attempt, 1),
            bounds.text(phase, bounds.MAX_PHASE_CHARS),
            bounds.seconds("min_interval_seconds", min_interval_seconds, MIN_INTERVAL_SECONDS),
            bounds.seconds("sign_of_life_seconds", sign_of_life_seconds, MIN_SIGN_OF_LIFE_SECONDS),
        )
        self._sender = SENDERS.of(as_target(target))
        if counts not in ("bytes", "parts"):
            raise ValueError(f'counts must be "bytes" or "parts", not {counts!r}')
        self._upload.has_parts = counts == "parts"
        if on_success not in ("completed", "processing"):
            raise ValueError(f'on_success must be "completed" or "processing", not {on_success!r}')
        self._on_success = on_success
        self._error_message = error_message
        self._retry_on = bounds.exceptions("retry_on", retry_on)
        self._flush_on_exit_seconds = bounds.seconds("flush_on_exit_seconds", flush_on_exit_seconds, 0.0)
        self._reported_losses = self._sender.lost
        self._closed = self._warned = False
        forks.watch(self._upload)
        EXIT_HOOKS.install()
        weakref.finalize(self, setattr, self._upload, "abandoned", True).atexit = False

    def __call__(self, bytes_transferred: int) -> None:
        """Records `bytes_transferred` more bytes (fewer, if negative); this is boto3's `Callback`."""
        try:
            delta = bounds.whole(bytes_transferred)
            if delta is None:
                self._warn_once(bytes_transferred)
            elif not self._closed:
                self._upload.tally.add(delta)
                self._follow()
        except Exception:
            log.debug("A callback was not recorded.", exc_info=True)

    def update(self, n: int = 1) -> None:
        """Records `n` more bytes, as a bar of tqdm does."""
        self(n)

    def set_total(self, total: int | None) -> None:
        """Sets the size in bytes, as `learn_total` does."""
        self.learn_total(total)

    @harmless
    def queued(self, *, message: str | None = None) -> None:
        """Reports that the upload waits in a queue."""
        self._report("queued", message=message)

    @harmless
    def uploading(self, *, message: str | None = None) -> None:
        """Reports that bytes move, at the start or after a pause."""
        self._report("uploading", message=message)

    @harmless
    def paused(self, *, message: str | None = None) -> None:
        """Reports a deliberate pause; `uploading()` ends it."""
        self._report("paused", message=message)

    @harmless
    def processing(
        self,
        phase: str = "processing",
        *,
        percent: float | None = None,
        step: int = 1,
        steps: int = 1,
        message: str | None = None,
        stalled_after_seconds: int | None = None,
    ) -> None:
        """Reports that all bytes arrived and are processed; `phase` is `verifying`, `scanning` or another word.

        `percent` of the phase (0 to 100, None: unknown) is throttled like bytes, never falls, and stays at 99 until the
        phase ends. Above 100 it is unknown from then on. A phase of several passes gives each as `step` of `steps`.
        Clients call the phase stalled after `stalled_after_seconds` without news, or after their own time without it.
        """
        named = bounds.text(phase, bounds.MAX_PHASE_CHARS)
        steps = bounds.optional("steps", steps, 1) or 1
        step = min(bounds.optional("step", step, 1) or 1, steps)
        stalled_after_seconds = bounds.optional("stalled_after_seconds", stalled_after_seconds, 1)
        before = self._upload.percent
        if message is not None or not self._upload.advance(named, percent, step, steps, stalled_after_seconds):
            self._report("processing", phase=named, message=message, stalled_after_seconds=stalled_after_seconds)
            self._upload.advance(named, percent, step, steps)
        if not self._closed:
            self._follow(has_news=self._upload.percent != before)

    @harmless
    def completed(self, result: dict[str, Any] | None = None, *, message: str | None = None) -> None:
        """Ends the attempt as completed. `result`: a JSON object up to 4 KB; any other value is left out and logged."""
        self._report("completed", message=message, result=result)

    @harmless
    def failed(self, code: str, message: str = failure.FAILED, *, retryable: bool | None = None) -> None:
        """Ends the attempt as failed; `code` is for programs, `message` for people, `retryable` if known."""
        error: UploadError = {
            "code": bounds.text(code, bounds.MAX_CODE_CHARS),
            "message": bounds.text(message, bounds.MAX_MESSAGE_CHARS),
        }
        if retryable is not None:
            error["retryable"] = bool(retryable)
        self._report("failed", error=error)

    @harmless
    def canceled(self, *, message: str | None = None) -> None:
        """Ends the attempt as canceled."""
        self._report("canceled", message=message)

    @harmless
    def retry(self, attempt: int | None = None) -> None:
        """Begins the next attempt (or a higher `attempt`) from its first byte, with status `uploading`."""
        if not self._closed:
            self._put(self._upload.retry(read_clocks(), bounds.optional("attempt", attempt, 1)))

    @harmless
    def progress(self, bytes_uploaded: int) -> None:
        """Records a total of `bytes_uploaded` transferred bytes, for clients that count themselves."""
        total = bounds.whole(bytes_uploaded)
        if total is None:
            self._warn_once(bytes_uploaded)
        elif not self._closed:
            self._upload.tally.set(total)
            self._follow()

    @harmless
    def report(
        self,
        status: Status | None = None,
        *,
        bytes_uploaded: int | None = None,
        bytes_total: int | None = None,
        phase: str | None = None,
        message: str | None = None,
        result: dict[str, Any] | None = None,
    ) -> None:
        """Reports several fields at once. Bytes alone are throttled; a status, phase or message is sent at once."""
        self.learn_total(bytes_total)
        if bytes_uploaded is not None:
            self.progress(bytes_uploaded)
        if status is None and (phase is not None or message is not None or result is not None):
            status = self._upload.status or "uploading"
        if status is not None:
            phase = None if phase is None else bounds.text(phase, bounds.MAX_PHASE_CHARS)
            self._report(bounds.status(status), phase=phase, message=message, result=result)

    @property
    def phase(self) -> str:
        """The current phase; setting it is reported at once."""
        return self._upload.phase

    @phase.setter
    def phase(self, phase: str) -> None:
        self.report(phase=phase)

    @property
    def attempt(self) -> int | None:
        """The number of the current attempt, from 1; None where push counts the attempts."""
        return self._upload.attempt

    @property
    def status(self) -> Status | None:
        """The status last reported; None before the first."""
        return self._upload.status

    @harmless
    def learn_total(self, bytes_total: int | None) -> None:
        """Sets the size in bytes that a client gives; it may grow.

        0, a negative number and any other value mean that the client does not know the size.
        """
        self._upload.learn_total(bounds.total(bytes_total))

    @harmless
    def learn_empty(self) -> None:
        """Records that the file is empty; a total of 0 means an unknown size."""
        self._upload.is_empty = True

    @overload
    def wrap(self, body: Unopened, *, skip_passes: int = 0) -> BinaryIO: ...

    @overload
    def wrap(self, body: Body, *, skip_passes: int = 0) -> Body: ...

    def wrap(self, body: Any, *, skip_passes: int = 0) -> Any:
        """Returns an object that behaves like `body` and reports its reading as progress.

        `body` is a binary file, anything with `read`, or an iterator of bytes; each may be asynchronous. Bytes,
        and the file at a path (a `str` is a path), come back as an open file. The total stays as it is: a body
        may be one part of many. `skip_passes` readings, each ended by a rewind, do not count: some clients read
        everything once for a checksum.

        A body that cannot be wrapped, such as a text file, is logged and returned unchanged.
        """
        try:
            opened = open_body(body)
            if is_empty(opened):
                self.learn_empty()
            counted = CountedFile(opened, self, skip_passes=skip_passes, run_id=lambda: self._upload.run_id)
            if opened is not body:
                weakref.finalize(counted, opened.close)
            return counted
        except Exception as error:
            log.warning("A %s is not counted while it is sent: %s", type(body).__name__, type(error).__name__)
            return body

    def subscriber(self, *, ends: bool = True) -> TransferSubscriber:
        """Returns a subscriber for s3transfer: queued, progress, and the size and the end unless `ends` is false."""
        return TransferSubscriber(self, ends=ends)

    @harmless
    def succeeded(self) -> None:
        """Reports the status `on_success`, unless the attempt has ended already."""
        if not self._upload.has_ended and self._upload.status != self._on_success:
            self._report(self._on_success, phase="processing" if self._on_success == "processing" else None)

    @harmless
    def ended_by(self, error: BaseException) -> None:
        """Reports `queued`, `canceled` or `failed`, depending on `error`, unless the attempt has ended already."""
        if self._upload.has_ended:
            return
        if failure.is_one_of(error, self._retry_on):
            self._report("queued")
        elif failure.is_cancellation(error):
            self._report("canceled")
        else:
            self._report("failed", error=failure.describe(error, self._error_message))

    def flush(self, timeout: float = EXIT_SECONDS) -> bool:
        """Sends what was recorded for this target, and tries again until `timeout` seconds have passed.

        True if all of it left. False if anything still waits, or was given up or dropped since this reporter
        was made or flushed last. Blocks, so not for an event loop.
        """
        try:
            has_left = self._sender.flush(timeout)
        except Exception:  # a timeout that is no number; this may be called inside an upload
            log.warning("Progress was not flushed.", exc_info=True)
            return False
        before, self._reported_losses = self._reported_losses, self._sender.lost
        return has_left and before == self._reported_losses

    def close(self, timeout: float = EXIT_SECONDS) -> bool:
        """Flushes, then reports nothing more, without ending the attempt; the answer is that of `flush`."""
        flushed = self.flush(timeout)
        self._closed = True
        self._sender.leave(self._upload)
        return flushed

    def __enter__(self) -> Self:
        """Reports `uploading`.

        Raises:
            RuntimeError: the attempt has ended, so that this block could report nothing.
        """
        if self._upload.has_ended:
            problem = f"This attempt has ended as {self._upload.status}"
            raise RuntimeError(f"{problem}. Call retry() to begin the next one, or make a new reporter.")
        if self._upload.status != "uploading":
            self.uploading()
        EXIT_HOOKS.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Reports the end and waits until it is delivered; the exception is not suppressed."""
        self._end(error)
        if not _in_event_loop():
            self._deliver()

    async def __aenter__(self) -> Self:
        """Reports `uploading`; nothing here waits. Raises as `with` does."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Reports the end and waits until it is delivered, without blocking the event loop."""
        self._end(error)
        if self._flush_on_exit_seconds and _in_event_loop():  # not in trio's: there the thread sends alone
            seconds = self._flush_on_exit_seconds
            self._note_wait(await self._sender.deliver_in_loop(self._upload, seconds))

    def _end(self, error: BaseException | None) -> None:
        if error is None:
            self.succeeded()
        else:
            self.ended_by(error)
        EXIT_HOOKS.leave(self)

    @harmless
    def _deliver(self) -> None:
        if self._flush_on_exit_seconds:
            self._note_wait(self._sender.deliver(self._upload, self._flush_on_exit_seconds))

    def _note_wait(self, has_left: bool) -> None:
        if not has_left:
            EXIT_HOOKS.note_vain_wait(self._flush_on_exit_seconds)

    def _report(
        self,
        status: Status,
        *,
        phase: str | None = None,
        message: str | None = None,
        error: UploadError | None = None,
        result: dict[str, Any] | None = None,
        stalled_after_seconds: int | None = None,
    ) -> None:
        if self._closed:
            return
        kept = None if result is None else bounds.result(result)
        if result is not None and kept is None:
            log.warning("result was left out: it must be a JSON object of at most %d bytes.", bounds.MAX_RESULT_BYTES)
        self._put(
            self._upload.change(
                read_clocks(),
                status,
                phase=phase,
                message=None if message is None else bounds.text(message, bounds.MAX_MESSAGE_CHARS),
                error=error,
                result=kept,
                stalled_after_seconds=stalled_after_seconds,
            )
        )

    def _put(self, update: Update | None) -> None:
        if update is not None:
            EXIT_HOOKS.install()  # here too: a child of a fork may go on with its parent's reporter
            self._sender.put(self._upload, update)
            EXIT_HOOKS.flush_if_ending()

    def _follow(self, *, has_news: bool = False) -> None:
        if self._upload.is_waiting:
            self.uploading()
        elif (has_news or not self._upload.followed) and not self._upload.has_ended:
            EXIT_HOOKS.install()
            self._sender.follow(self._upload)

    def _warn_once(self, value: object) -> None:
        if not self._warned:
            self._warned = True
            log.warning("A count of bytes must be a number below 2^53, not %s; ignored.", type(value).__name__)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
