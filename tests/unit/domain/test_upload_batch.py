"""What a batch of updates makes of the state of an upload."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.update import Update
from domain.upload import UploadProgress
from domain.upload_batch import UploadBatch
from testing.updates import ENDING, RUNNING, after, fold, update, updates


def visible(state: UploadProgress | None) -> dict[str, Any]:
    """What a watcher sees of a state. Whether it was told as `status` depends on what was told before."""
    assert state is not None
    names = ("user_id", "upload_id", "status", "attempt", "rev", "percent", "started_at", "updated_at", "facts")
    return {name: getattr(state, name) for name in names}


def test_an_attempt_left_out_in_a_batch_is_the_one_that_had_begun_before_it() -> None:
    stored = after(update(status="failed", rev=1))
    batch = [update(0, attempt=2, rev=2), update(1, rev=3, bytesUploaded=3), update(2, rev=1, status="canceled")]

    state = fold(stored, batch).state

    assert state is not None and (state.attempt, state.status, state.rev) == (2, "uploading", 3)
    assert fold(state, batch) == UploadBatch(state, False, 2, 1, 0)


def test_the_last_status_of_a_batch_is_never_skipped() -> None:
    stored = after(update(status="uploading", rev=1))

    batch = fold(stored, [update(0, status="paused", rev=2), update(1, status="processing", rev=3)])

    assert batch.state is not None and batch.state.status == "processing" and batch.state.brings_status
    assert (batch.changed, batch.conflated) == (True, 1)


def test_an_end_is_told_even_if_progress_with_a_higher_rev_overtook_it() -> None:
    end, late = update(status="completed", rev=5), update(status="uploading", rev=9)

    for state in (after(late, end), after(end, late), fold(None, [late, end]).state):
        assert state is not None
        assert (state.status, state.percent, state.rev, state.brings_status) == ("completed", 100.0, 5, True)


def test_a_tie_goes_to_the_later_position_in_the_batch() -> None:
    tie = [update(0, rev=7, bytesUploaded=1), update(1, rev=7, bytesUploaded=3), update(2, rev=7, bytesUploaded=2)]

    batch = fold(None, tie[::-1])

    assert batch.state is not None and batch.state.facts["bytesUploaded"] == 3  # bytes never go back
    assert fold(None, [update(0, rev=7, phase="a"), update(1, rev=7, phase="b")][::-1]).state == after(
        update(rev=7, phase="b")
    )


def test_a_redelivered_update_is_a_duplicate_and_the_stored_state_is_told_again() -> None:
    stored = after(update(rev=7, bytesUploaded=3))

    assert fold(stored, [update(rev=7, bytesUploaded=9)]) == UploadBatch(stored, False, 0, 1, 0)


@given(st.none() | updates(), st.lists(updates(), max_size=12))
def test_every_update_of_a_batch_is_counted_once(first: Update | None, said: list[Update]) -> None:
    stored = after(first) if first else None

    batch = fold(stored, _placed(said))

    assert batch.stale + batch.duplicate + batch.conflated + batch.changed == len(said)
    assert min(batch.stale, batch.duplicate, batch.conflated) >= 0
    assert batch.changed or batch.state is stored


@given(st.lists(updates() | updates(attempt=st.none()), min_size=1, max_size=12))
def test_a_batch_delivered_again_changes_nothing(said: list[Update]) -> None:
    batch = fold(None, _placed(said))

    again = fold(batch.state, _placed(said))

    assert (again.changed, again.state) == (False, batch.state)
    assert again.duplicate >= 1


@given(st.none() | updates(), st.lists(updates() | updates(attempt=st.none()), min_size=1, max_size=8), st.data())
def test_no_part_of_a_batch_delivered_again_changes_anything(
    first: Update | None, said: list[Update], data: st.DataObject
) -> None:
    state = fold(after(first) if first else None, _placed(said)).state

    part = data.draw(st.lists(st.sampled_from(said), min_size=1))

    assert not fold(state, _placed(part)).changed


@given(st.none() | updates(), st.lists(updates(), min_size=1, max_size=12))
def test_a_batch_tells_a_status_exactly_if_it_changed_what_was_stored(first: Update | None, said: list[Update]) -> None:
    stored = after(first) if first else None

    batch = fold(stored, _placed(said))

    if batch.changed:
        assert batch.state is not None
        before = (stored.attempt, stored.status) if stored else None
        assert batch.state.brings_status is ((batch.state.attempt, batch.state.status) != before)
        assert batch.state.status_rev <= batch.state.rev


@st.composite
def histories(draw: st.DrawFn) -> list[Update]:
    """One upload as its pipeline tells it: attempts that each end at most once, revs that differ, bytes that grow."""
    said = []
    for attempt in range(1, draw(st.integers(1, 3)) + 1):
        revs = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=5)))
        statuses: list[str] = [draw(st.sampled_from(RUNNING)) for _ in revs]
        if draw(st.booleans()):
            statuses[-1] = draw(st.sampled_from(ENDING))
        for step, (rev, status) in enumerate(zip(revs, statuses, strict=True)):
            fields = {"attempt": attempt, "rev": rev, "status": status, "bytesUploaded": step, "bytesTotal": 10}
            said.append(update(**fields, fileName="a.bin", startedAt="2026-03-01T11:00:00Z", phase=f"{rev}"))
    return said


@given(histories(), st.data())
def test_any_order_duplication_and_batching_ends_in_the_newest_state(said: list[Update], data: st.DataObject) -> None:
    repeated = said + data.draw(st.lists(st.sampled_from(said), max_size=5))
    arrived = data.draw(st.permutations(repeated))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(arrived)), max_size=4)))
    batches = [arrived[start:end] for start, end in pairwise([0, *cuts, len(arrived)])]

    state: UploadProgress | None = None
    for batch in batches:
        state = fold(state, _placed(batch)).state

    assert visible(state) == visible(after(said[-1]))
    assert visible(after(*arrived)) == visible(after(said[-1]))
    assert visible(fold(None, _placed(arrived)).state) == visible(after(said[-1]))


def _placed(said: Sequence[Update]) -> list[Update]:
    """The same updates, each with its place in the batch."""
    return [replace(one, index=index) for index, one in enumerate(said)]
