"""The rule that decides if an update replaces the stored state of its upload.

The rule is the table of docs/protocol.md, "Acceptance rule". Clients mirror it (tests/vectors). The conditional
write of infra/dynamodb/uploads.py keeps to it: after a lost race it reads the row and applies the rule again.
"""

from __future__ import annotations

from enum import Enum

from domain.update import SECOND_MS, Update
from domain.upload import BUCKET, ENDED_KEPT_SECONDS, RUNNING_KEPT_SECONDS, UploadProgress

MAX_CLOCK_DIFFERENCE_MS = 5 * 60 * 1000
BEGINNING = frozenset({"queued", "uploading", "paused"})


class Verdict(Enum):
    """`IGNORED` is an object of the bucket that is no upload, `EXPIRED` an update too old to make one."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IGNORED = "ignored"
    EXPIRED = "expired"


def judge(stored: UploadProgress | None, update: Update, now: int) -> Verdict:
    """Returns the verdict on `update` for the stored row; `now` in epoch milliseconds.

    A higher attempt is accepted. Within an attempt that has not ended, a higher rev is accepted. Any end is accepted,
    unless a pipeline has ended the attempt: an end of the bucket or of the sweep gives way to it, whatever the clocks
    say. Such an end also gives way to a pipeline's higher rev. The same (attempt, rev) is a duplicate. So is the update
    that brought the present status: it is repeated because it could not be sent. The rest is stale. Before all of
    these, the server's update replaces a client's report, and a report never replaces the server's update.
    """
    if stored and (stored.is_clients or update.by_client):
        return _judge_by_source(stored, update)
    is_over = stored is None or (stored.has_reported_end and (update.created or stored.source != BUCKET))
    if update.only_running and is_over:
        return Verdict.IGNORED
    if stored is None:
        return Verdict.EXPIRED if _has_expired(update, now) else Verdict.ACCEPTED
    attempt = attempt_of(update, stored)
    if attempt != stored.attempt:
        return Verdict.ACCEPTED if attempt > stored.attempt else Verdict.STALE
    return _judge_object(stored, update) if update.created else _judge_report(stored, update)


def _judge_by_source(stored: UploadProgress, update: Update) -> Verdict:
    """Judges by source. Among the clients of the user, a higher rev replaces an end: they may resume."""
    if not update.by_client:
        return Verdict.ACCEPTED
    if not stored.is_clients:
        return Verdict.STALE
    if (update.ends and not stored.ended) or _is_newer(stored, update):
        return Verdict.ACCEPTED
    return Verdict.DUPLICATE if _is_known(stored, update) else Verdict.STALE


def _has_expired(update: Update, now: int) -> bool:
    """Returns True if a row made of it in time would have been deleted by now.

    A client's report is never delivered late by a queue, and its clock may be wrong by days.
    """
    kept = ENDED_KEPT_SECONDS if update.ends else RUNNING_KEPT_SECONDS
    return not update.by_client and update.latest_at < now - kept * 1000


def _judge_report(stored: UploadProgress, update: Update) -> Verdict:
    """Judges a pipeline's update of the stored attempt."""
    is_open = not stored.has_reported_end or stored.source == BUCKET
    may_follow = is_open and (stored.source != BUCKET or _follows_object(stored, update))
    if (update.ends and is_open) or (may_follow and _is_newer(stored, update)):
        return Verdict.ACCEPTED
    return Verdict.DUPLICATE if _is_known(stored, update) else Verdict.STALE


def _follows_object(stored: UploadProgress, update: Update) -> bool:
    """Returns False for progress that the object may have overtaken.

    Clocks do not decide: a tus server reports such progress after the object is stored. Only another size shows that
    another upload has begun.
    """
    if update.status not in BEGINNING:
        return True
    return _is_of_another_size(stored, update) and update.ordered_at > _ended_by(stored)


def _is_of_another_size(stored: UploadProgress, update: Update) -> bool:
    size, total = stored.facts.get("bytesTotal"), update.facts.get("bytesTotal")
    if total is None:
        return bool(update.facts.get("bytesUploaded", 0) > (size or 0))
    return bool(total != size)


def _is_newer(stored: UploadProgress, update: Update) -> bool:
    """Returns True for a higher rev, by clocks of which one may be wrong by minutes.

    Two clocks ahead of the server's are taken for the same one. A clock that is not ahead is compared with the time of
    receipt of the stored state. So one fast clock does not block the others. A time in whole seconds stands for
    the whole second, so a status that follows the stored one is not lost in it.
    """
    if update.whole_second and _goes_on(stored, update):
        return update.latest_at >= stored.ordered_at
    if update.rev == stored.rev or (stored.rev >= update.rev > update.received_at):
        return False
    return update.ordered_at > stored.ordered_at


def _goes_on(stored: UploadProgress, update: Update) -> bool:
    """Returns True for another status that is no step back: within one second only the status gives the order."""
    if stored.source == BUCKET:
        return update.status not in BEGINNING
    order = {"queued": 0, "uploading": 1, "paused": 1, "processing": 2}
    return update.status != stored.status and order.get(update.status, 3) >= order.get(stored.status, 3)


def _is_known(stored: UploadProgress, update: Update) -> bool:
    if update.whole_second and update.status != stored.status:
        return False
    return update.may_have(stored.rev) or _may_have_brought_status(stored, update)


def _may_have_brought_status(state: UploadProgress, update: Update) -> bool:
    """Returns True for an older end of this status: its rev may have been raised above the end that it replaced."""
    is_raised = update.ends and update.status == state.status and update.rev < state.status_rev
    return is_raised or update.may_have(state.status_rev)


def _judge_object(stored: UploadProgress, update: Update) -> Verdict:
    """Judges an object that was created: it is complete, even if progress is still under way.

    The same object (etag and size) is a duplicate if it brought the state, and stale otherwise. A pipeline's
    `processing` after the object was created is newer than the object.
    """
    is_same = update.created is not None and stored.object_identity == update.created.identity
    if is_same and (stored.object_identity or stored.source == BUCKET):
        return Verdict.DUPLICATE if stored.source == BUCKET else Verdict.STALE
    if stored.has_reported_end or (stored.status == update.status):
        return Verdict.STALE
    is_late = stored.status == "processing" and update.latest_at < stored.ordered_at
    return Verdict.STALE if is_late else Verdict.ACCEPTED


def attempt_of(update: Update, stored: UploadProgress | None) -> int:
    """Returns the attempt of an update: the one it names, else the one that its run or its time gives.

    0 stands for an attempt before the stored one.
    """
    if update.attempt is not None:
        return update.attempt
    if stored is None or stored.is_clients:
        return 1  # clients name no attempt, so that no attempt of a client is ahead of the server's
    if update.created:
        return _attempt_of_object(update, stored)
    if update.run_id is not None:
        return _attempt_of_run(update.run_id, update, stored)
    return 0 if stored.attempt > 1 and _is_of_earlier(update, stored) else stored.attempt


def _is_of_earlier(update: Update, stored: UploadProgress) -> bool:
    """Returns True if an update without attempt and run is too old for the attempt under way.

    An update that is not later than the end of an earlier attempt belongs to that one: such an end, delivered again,
    must not end the retry. Clocks may differ by five minutes, so the start of an attempt decides only beyond those.
    """
    began = stored.attempt_rev - MAX_CLOCK_DIFFERENCE_MS
    return update.ordered_at == stored.earlier_end or update.latest_at < max(stored.earlier_end, began)


def _attempt_of_run(run_id: str, update: Update, stored: UploadProgress) -> int:
    """Returns the attempt of a run: a new run is the next attempt, unless it continues one that no run has claimed.

    Within an attempt that has not ended, or that only the bucket ended, a new run begins an attempt with `queued`,
    `uploading` or `paused`. With `processing` or an end it belongs to the attempt under way, as a scanner does. If an
    ended attempt has no known run, only an update later than its end is another run.
    """
    if run_id in stored.run_ids:
        return stored.attempt
    if run_id in stored.former_run_ids:
        return 0
    has_ended = stored.has_reported_end
    if has_ended and not stored.run_ids and update.ordered_at <= _ended_by(stored):
        return stored.attempt
    is_over = has_ended and stored.source != BUCKET
    is_claimed = bool(stored.run_ids) or has_ended
    return stored.attempt + (is_over or (is_claimed and update.status in BEGINNING))


def _ended_by(stored: UploadProgress) -> int:
    """Returns the last moment of the stored end; the bucket's events have whole seconds."""
    return stored.ordered_at + (SECOND_MS - 1 if stored.source == BUCKET else 0)


def _attempt_of_object(update: Update, stored: UploadProgress) -> int:
    """Returns the attempt of an object: the one under way, unless that began later by S3's clock and the server's.

    Another object under the key of an upload that ended, and later than its end, is the next attempt.
    """
    if not stored.has_reported_end:
        return 0 if stored.attempt > 1 and update.rev + SECOND_MS <= stored.attempt_rev else stored.attempt
    identity = update.created.identity if update.created else None
    is_another = None not in (identity, stored.object_identity) and identity != stored.object_identity
    return stored.attempt + (is_another and _is_later_object(update, stored))


def _is_later_object(update: Update, stored: UploadProgress) -> bool:
    """Returns True if the object was written after the stored one, which the times of a second do not say.

    The shorter sequencer is filled with zeros, and both are compared as texts (Amazon S3 User Guide, "Event message
    structure").
    """
    new, old = update.created and update.created.sequencer, stored.object_sequencer
    if not new or not old:
        return update.rev > stored.ordered_at
    longest = max(len(new), len(old))
    return new.ljust(longest, "0") > old.ljust(longest, "0")


def brought_status(state: UploadProgress, update: Update) -> bool:
    """Returns True if this update must be repeated when `state` could not be sent: no later one brings its status."""
    if update.created:
        return state.source == BUCKET and state.object_identity == update.created.identity
    if update.whole_second and update.status != state.status:
        return False
    return _may_have_brought_status(state, update) and update.attempt in (None, state.attempt)
