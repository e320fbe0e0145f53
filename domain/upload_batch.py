"""Folds the updates of one upload in one push into one state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.acceptance import Verdict, attempt_of, judge
from domain.update import Update
from domain.upload import UploadProgress, apply


@dataclass(frozen=True, slots=True)
class UploadBatch:
    """The state to store and send after a batch of updates of one upload, and the counts of their verdicts.

    `expired` are the indexes of the updates that were refused for their age.
    """

    state: UploadProgress | None
    changed: bool
    stale: int
    duplicate: int
    conflated: int
    ignored: int = 0
    expired: tuple[int, ...] = ()


def conflate(stored: UploadProgress | None, updates: Iterable[Update], now: int) -> UploadBatch:
    """Folds a batch's updates of one upload into its newest state; `now` in epoch milliseconds.

    Updates are taken in the order of their times; a tie within the batch goes to the later index. Only the last
    state counts: a status that the batch itself has replaced is not sent. A row past its TTL counts as deleted.
    """
    stored = None if stored and stored.has_expired(now) else stored
    state, by_verdict, repeated_end = stored, defaultdict[Verdict, list[int]](list), 0
    for update in sorted(updates, key=lambda one: (one.latest_at, one.rev, one.index)):
        verdict = judge(state, update, now)
        if verdict is Verdict.DUPLICATE and by_verdict[Verdict.ACCEPTED] and _is_tie(state, update):
            verdict = Verdict.ACCEPTED
        if verdict is Verdict.ACCEPTED:
            state = _follow(state, apply(state, update, attempt_of(update, state)), repeated_end)
        elif verdict is Verdict.STALE and state and state.ended and update.ends and update.attempt is None:
            repeated_end = max(repeated_end, update.ordered_at)
        by_verdict[verdict].append(update.index)
    return _batch(_compared_with(stored, state) if state and by_verdict[Verdict.ACCEPTED] else stored, by_verdict)


def _batch(state: UploadProgress | None, by_verdict: Mapping[Verdict, Sequence[int]]) -> UploadBatch:
    """Returns the batch of this state; `by_verdict` has the indexes of the updates by their verdicts."""
    count = {verdict: len(by_verdict.get(verdict, ())) for verdict in Verdict}
    return UploadBatch(
        state,
        changed=count[Verdict.ACCEPTED] > 0,
        stale=count[Verdict.STALE],
        duplicate=count[Verdict.DUPLICATE],
        conflated=max(0, count[Verdict.ACCEPTED] - 1),
        ignored=count[Verdict.IGNORED],
        expired=tuple(by_verdict.get(Verdict.EXPIRED, ())),
    )


def _follow(before: UploadProgress | None, state: UploadProgress, repeated_end: int) -> UploadProgress:
    """Returns the state; if it begins an attempt, the former one ended at its last end, accepted or not."""
    if before is None or state.attempt == before.attempt:
        return state
    return replace(state, earlier_end=max(state.earlier_end, repeated_end))


def _is_tie(state: UploadProgress | None, update: Update) -> bool:
    """Returns True if the batch itself brought the state that this update equals in attempt and rev."""
    return state is not None and not state.ended and not update.created and update.may_have(state.rev)


def _compared_with(stored: UploadProgress | None, state: UploadProgress) -> UploadProgress:
    """Returns the state, as a status if it differs from the state stored before the batch.

    The start of an attempt never moves back, whatever a pipeline's clock does: an update that belonged to an earlier
    attempt does so for good.
    """
    if stored is None or (stored.is_clients and not state.is_clients):
        return replace(state, status_rev=state.rev)
    same = stored.attempt == state.attempt and stored.has_reported(state.status) and not state.ended
    status_rev = stored.status_rev if same else state.rev
    return replace(state, status_rev=status_rev, attempt_rev=max(stored.attempt_rev, state.attempt_rev))
