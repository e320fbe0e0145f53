"""The state of one upload, and the updates that are due."""

import logging
import math
import secrets
import threading
from typing import Any, cast

from .bounds import MAX_INTEGER
from .moment import Moment
from .phase_percent import PhasePercent
from .prediction import SIGN_OF_LIFE_SECONDS, ProgressLine, interval_seconds
from .recent_steps import RecentSteps
from .speed import Speed, eta_seconds
from .tally import Tally
from .throttle import MIN_INTERVAL_SECONDS, Allowance, is_due
from .updates import ENDED, RANK, Status, Update, UploadError

PAUSE_SECONDS = 3.0  # in which much of the bar would have moved: the speed is measured anew
STALL_INTERVALS = 2  # of signs of life
# Both describe the count, not the cause. s3transfer calls no callback while it sends a part again, and its CRT client
# reports only bytes that S3 has confirmed. A count falls for a checksum and in a download, too.
STALLED = "No progress at the moment."
REPEATING = "Repeating a part."
# All bytes are counted, which for some clients means that they have read them: what is missing is the call's return.
CONFIRMING_AFTER_SECONDS = 2.0
CONFIRMING = "Sent, waiting for the answer"
# s3transfer adds up so many bytes of a request before it reports them, and the rest after the answer.
ADDED_UP_BYTES = 256 * 1024
RUN_ID_BYTES = 12  # 16 characters of [A-Za-z0-9_-]

log = logging.getLogger("upload_progress_reporter")


class UploadState:
    """The state of one upload; any thread may call it, the moment is always an argument.

    Bytes: a running sum may fall (a file is read again) or exceed the total. The highest sum of the attempt is shown,
    within 0 and the total: a bar stands still during a rewind, with the message `REPEATING`, rather than move
    backwards. Until the call has returned, it stays below the total. Speed and ETA use the true sum.

    Totals: `bytes_total` above 0 is the program's own and limits the bytes shown, since a client may count its retries
    and form fields too. A total that a client gives may grow, and is unknown once it is exceeded.
    """

    has_parts = False  # the count rises once per part: a part in progress is no stall
    _is_requeued = False  # a queue runs the job again: a new run, which names itself

    def __init__(
        self,
        user_id: str,
        upload_id: str,
        file_name: str,
        bytes_total: int | None,
        attempt: int | None,
        phase: str,
        min_seconds: float = MIN_INTERVAL_SECONDS,
        sign_of_life_seconds: float = SIGN_OF_LIFE_SECONDS,
    ) -> None:
        self.user_id, self.upload_id, self.file_name = user_id, upload_id, file_name
        self.bytes_total, self.attempt, self.phase = bytes_total, attempt, phase
        self.run_id = secrets.token_urlsafe(RUN_ID_BYTES)
        self.is_empty = bytes_total == 0  # known, unlike a total of 0 that a client gives
        self._total_limits = bool(bytes_total)
        self.tally, self._steps, self._percent = Tally(), RecentSteps(), PhasePercent()
        self._line, self._speed, self._allowance = ProgressLine(), Speed(), Allowance(min_seconds)
        self.status: Status | None = None
        self.followed = False  # by a sender, which asks for progress; the sender sets it
        self.abandoned = False  # the reporter was deleted; set by a finalizer, so without the lock
        self._transfer_phase = phase
        self._shown_percent: float | None = None
        self._least_seconds, self._life_seconds = min_seconds, sign_of_life_seconds
        self._stalled_after: int | None = None  # seconds
        self._message = self._note = cast("str | None", None)
        self._highest = self._rev = 0
        self._seen, self._moved_at, self._sent_at, self._began_at = 0, 0.0, -math.inf, math.inf
        self._shown: tuple[int, int | None] = (0, bytes_total)
        self._lock = threading.RLock()

    @property
    def key(self) -> tuple[str, str]:
        """The user id and the upload id, which identify the upload together."""
        return self.user_id, self.upload_id

    @property
    def has_ended(self) -> bool:
        """Returns True if the current attempt is over; only a new attempt can follow."""
        return self.status in ENDED

    @property
    def is_moving(self) -> bool:
        """Returns True if bytes are expected or a percent waits, so that progress must be polled."""
        return self.status == "uploading" or self._percent.value != self._shown_percent

    @property
    def percent(self) -> float | None:
        """The percent of the current phase, 0 to 99; None while it is unknown."""
        return self._percent.value

    @property
    def is_waiting(self) -> bool:
        """Returns True if its first byte begins it: not a late byte of a run that will be repeated."""
        return self.status is None or (self.status == "queued" and not self._is_requeued)

    def change(
        self,
        at: Moment,
        status: Status,
        *,
        phase: str | None = None,
        message: str | None = None,
        error: UploadError | None = None,
        result: dict[str, Any] | None = None,
        stalled_after_seconds: int | None = None,
    ) -> Update | None:
        """Sets `status` and returns its update; None if the attempt is already past it."""
        with self._lock:
            is_back = status != "queued" and RANK[status] < RANK[self.status or "queued"]
            if self.has_ended or is_back:
                log.warning("Upload %s is %s and cannot become %s.", self.upload_id, self.status, status)
                return None
            self._enter(at, status)
            phase = self._transfer_phase if self._is_requeued else phase
            if (phase or self.phase) != self.phase:
                self.phase, self._percent, self._stalled_after = phase or self.phase, PhasePercent(), None
            self._stalled_after = stalled_after_seconds or self._stalled_after
            self._message, self._note = message, None
            update = self._update(at)
            self._allowance.restart(at.seconds, self._shown, self._percent_of_bar())
            if error is not None:
                update["error"] = error
            if result is not None:
                update["result"] = result
            return update

    def advance(
        self, phase: str, percent: object, step: int = 1, steps: int = 1, stalled_after_seconds: int | None = None
    ) -> bool:
        """Records the percent of the current phase; returns False if another phase or status is current."""
        with self._lock:
            if self.status != "processing" or phase != self.phase:
                return False
            self._percent.set(percent, step, steps)
            self._stalled_after = stalled_after_seconds or self._stalled_after
            return True

    def retry(self, at: Moment, attempt: int | None = None) -> Update | None:
        """Starts the next attempt, or a higher `attempt`, from its first byte; returns its first update."""
        with self._lock:
            self.attempt = attempt if self.attempt is None else max(self.attempt + 1, attempt or 0)
            self.run_id = secrets.token_urlsafe(RUN_ID_BYTES)
            self.status, self.phase, self._percent = None, self._transfer_phase, PhasePercent()
            self._stalled_after = None
            self.tally.set(0)
            self._highest = self._seen = 0
            self._began_at = math.inf
            return self.change(at, "uploading")

    def progress(self, at: Moment, *, riding: bool = False, force: bool = False) -> Update | None:
        """Returns an update if one is due; `force` ignores the time, but a state that was sent is not sent again."""
        with self._lock:
            if self.status == "processing":
                is_new = self._percent.value != self._shown_percent
                return self._update(at) if is_new and (force or self._is_due(at, riding)) else None
            if self.status not in ("uploading", "paused"):
                return None
            note = self._observe(at)
            self._allowance.observe(at.seconds, self._sizes(), self._percent_of_bar(), riding=riding)
            is_sign_of_life = self._is_life_due(at) or (note == STALLED != self._note and self._is_due(at, riding))
            is_forced = force and (note != self._note or self._sizes() != self._shown)
            if not is_sign_of_life and not is_forced:
                if not self._is_news_due(at, note, riding):
                    return None
                self._allowance.left -= 1
            self._note = note
            return self._update(at)

    def learn_total(self, bytes_total: int | None) -> None:
        """Sets the size in bytes that a client gives, if it is the first one or higher than the last."""
        with self._lock:
            if bytes_total is not None and bytes_total > (self.bytes_total or 0):
                self.bytes_total = bytes_total

    def after_fork(self) -> None:
        """Replaces the locks and discards changes: the parent sends the changes that it recorded."""
        self._lock = threading.RLock()
        self.tally.after_fork()
        self.followed = False
        self._shown = self._sizes()

    def _enter(self, at: Moment, status: Status) -> None:
        if status == "uploading" and self.status != "uploading":
            self._speed.restart(at.seconds, self.tally.value)
            self._seen, self._moved_at = self.tally.value, at.seconds
        self._is_requeued = status == "queued" and (self._is_requeued or self.status not in (None, "queued"))
        self.status = status
        if status == "completed":
            # All bytes are transferred, even if not each was reported.
            self._highest = max(self._bytes(), self.bytes_total or 0)

    def _observe(self, at: Moment) -> str | None:
        """Samples the true sum; returns a note for the user, if there is one."""
        true_sum = self.tally.value
        stall_seconds = STALL_INTERVALS * interval_seconds(self._age(at.seconds))
        still_seconds = at.seconds - self._moved_at
        is_silent = still_seconds >= stall_seconds or self._note == STALLED
        has_stalled = is_silent and not self.has_parts
        has_paused = still_seconds >= PAUSE_SECONDS and self._line_now().stands_still(self._steps, still_seconds)
        if true_sum < self._seen or (true_sum != self._seen and (has_stalled or has_paused)):
            self._speed.restart(at.seconds, true_sum)  # the speed of a step back or so long a silence is unknown
        self._speed.observe(at.seconds, true_sum)
        if true_sum != self._seen:
            self._steps.add(true_sum - self._seen)
            self._seen, self._moved_at = true_sum, at.seconds
        still_seconds = at.seconds - self._moved_at
        if self.status == "paused":
            return None  # it waits for the user: no stall
        _, total = self._sizes()
        if total is not None and self._is_counted(true_sum, total):
            return CONFIRMING if still_seconds >= CONFIRMING_AFTER_SECONDS else None
        if has_stalled and still_seconds > 0:
            return STALLED
        return REPEATING if true_sum < self._highest else None

    def _is_counted(self, sent: int, total: int) -> bool:
        """Returns True if no step of the count follows before the answer."""
        left = total - sent
        return left <= 0 or left < ADDED_UP_BYTES <= self.tally.least_step

    def _bytes(self) -> int:
        limit = self.bytes_total if self._total_limits and self.bytes_total else MAX_INTEGER
        self._highest = max(self._highest, min(self.tally.value, limit))
        return self._highest

    def _sizes(self) -> tuple[int, int | None]:
        """Returns the bytes and the size to show; `completed` settles an unknown size, unless no byte was counted."""
        sent, total = self._bytes(), self.bytes_total
        if self.status == "completed" and (sent or self.is_empty):
            return sent, sent
        if sent and sent == total and self.status != "processing":
            return sent - 1, total  # all bytes are counted, but the call has not returned: maybe they were only read
        return sent, None if total is None or total < sent else total

    def _is_due(self, at: Moment, riding: bool) -> bool:
        moved = self._percent_moved()
        return is_due(at.seconds - self._sent_at, moved, riding=riding, min_seconds=self._least_seconds)

    def _is_life_due(self, at: Moment) -> bool:
        """Returns True if a sign of life is due; a pause waits for the user and gives none."""
        interval = max(interval_seconds(self._age(self._sent_at), self._life_seconds), self._least_seconds)
        return self.status == "uploading" and at.seconds - self._sent_at >= interval

    def _is_news_due(self, at: Moment, note: str | None, riding: bool) -> bool:
        """Returns True if the rate allows an update that clients cannot predict."""
        if note != self._note != STALLED:
            self._allowance.left += 1  # notes are not counted
            return self._is_due(at, riding)
        sizes, elapsed = self._sizes(), at.seconds - self._sent_at
        if self._allowance.left < 1 or elapsed < self._least_seconds:
            return False
        if self._is_line_flat(at, note):
            return sizes != self._shown
        return sizes[1] != self._shown[1] or self._line.is_left_by(sizes[0], elapsed, self._steps.largest())

    def _is_line_flat(self, at: Moment, note: str | None) -> bool:
        """Returns True if clients draw a flat line, and would draw one until the next update, or should no longer."""
        if self._line.bytes_per_second or note is not None:
            return False
        has_changed = self.status != "uploading" or self._note == STALLED
        return has_changed or bool(self._speed.bytes_per_second()) or self._is_unpredictable(at)

    def _is_unpredictable(self, at: Moment) -> bool:
        return self._line_now().is_unpredictable(self._steps, at.seconds - self._moved_at)

    def _line_now(self) -> ProgressLine:
        return ProgressLine(*self._sizes(), self._speed.bytes_per_second() or 0)

    def _age(self, seconds: float) -> float:
        return seconds - self._began_at

    def _percent_moved(self) -> float:
        if self.status == "processing":
            return (self._percent.value or 0.0) - (self._shown_percent or 0.0)
        return self._percent_of_bar(since=self._shown[0])

    def _percent_of_bar(self, since: int = 0) -> float:
        """Returns the bytes beyond `since` as a percent of the total; 0 while that is unknown."""
        sent, total = self._sizes()
        return 100 * (sent - since) / total if total else 0.0

    def _update(self, at: Moment) -> Update:
        self._rev = max(self._rev + 1, at.epoch_ms)
        self._began_at = min(self._began_at, at.seconds)
        self._shown, self._sent_at, self._shown_percent = self._sizes(), at.seconds, self._percent.value
        update: Update = {
            "userId": self.user_id,
            "uploadId": self.upload_id,
            "runId": self.run_id,
            "fileName": self.file_name,
            "status": cast("Status", self.status),  # an attempt without a status has no updates
            "phase": self.phase,
            "bytesUploaded": self._shown[0],
            "bytesTotal": self._shown[1],
            "rev": self._rev,
        }
        if self.attempt is not None:
            update["attempt"] = self.attempt
        if self._percent.value is not None and self.status == "processing":
            update["phasePercent"] = self._percent.value
        if self._stalled_after is not None and self.status == "processing":
            update["stalledAfterSeconds"] = self._stalled_after
        if message := self._message or self._note:
            update["message"] = message
        self._add_speed(update)
        seconds = interval_seconds(self._age(at.seconds))
        speed = update.get("bytesPerSecond", 0)
        if speed and self._is_unpredictable(at):
            update["unpredictable"], speed = True, 0
        self._line = ProgressLine(*self._shown, speed, seconds)
        return update

    def _add_speed(self, update: Update) -> None:
        if self.status != "uploading" or self._note in (CONFIRMING, REPEATING):
            return
        speed = None if self._note == STALLED else self._speed.bytes_per_second()
        if speed is not None:
            update["bytesPerSecond"] = speed
        if self._shown[1] is not None and (speed is not None or self._note == STALLED):
            left = self._shown[1] - max(0, self.tally.value)
            update["etaSeconds"] = eta_seconds(left, speed) if speed else None
