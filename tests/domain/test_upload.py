"""Which update may replace which state, and what the state then says."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.update import ENDED, STATUSES, Update
from domain.upload import Batch, UploadProgress, Verdict, apply, brought_status, conflate, judge
from tests.domain.updates import ENDING, NOW, RUNNING, update, updates

# The acceptance rule of the wire contract, written out: what is stored (its attempt is 2, its rev 5), what comes.
RULE = [
    *[("any", attempt, rev, "any", "stale") for attempt in (1,) for rev in (4, 5, 6)],
    *[("any", attempt, rev, "any", "accepted") for attempt in (3,) for rev in (4, 5, 6)],
    *[("running", 2, 4, "running", "stale"), ("running", 2, 4, "ending", "accepted")],
    *[("running", 2, 5, "running", "duplicate"), ("running", 2, 5, "ending", "accepted")],
    *[("running", 2, 6, "running", "accepted"), ("running", 2, 6, "ending", "accepted")],
    *[("ending", 2, 4, "any", "stale"), ("ending", 2, 5, "any", "duplicate"), ("ending", 2, 6, "any", "stale")],
]
KINDS = {"running": RUNNING, "ending": ENDING, "any": STATUSES}


def after(*said: Update, stored: UploadProgress | None = None) -> UploadProgress:
    """The state after these updates, each in a batch of its own."""
    for one in said:
        stored = conflate(stored, [one]).state
    assert stored is not None
    return stored


def visible(state: UploadProgress | None) -> dict[str, Any]:
    """What a watcher sees of a state. Whether it was told as `status` depends on what was told before."""
    assert state is not None
    names = ("user_id", "upload_id", "status", "attempt", "rev", "percent", "started_at", "updated_at", "facts")
    return {name: getattr(state, name) for name in names}


@pytest.mark.parametrize(("stored", "attempt", "rev", "said", "verdict"), RULE)
def test_the_acceptance_rule(stored: str, attempt: int, rev: int, said: str, verdict: str) -> None:
    for status in KINDS[stored]:
        state = after(update(status="queued", attempt=2, rev=1), update(status=status, attempt=2, rev=5))
        for incoming in KINDS[said]:
            assert judge(state, update(status=incoming, attempt=attempt, rev=rev)).value == verdict
            if attempt == 2:
                assert judge(state, update(status=incoming, rev=rev)).value == verdict


@given(updates())
def test_the_first_update_of_an_upload_is_accepted(first: Update) -> None:
    assert judge(None, first) is Verdict.ACCEPTED


def test_an_attempt_left_out_is_the_stored_one_or_the_first() -> None:
    assert after(update(rev=1)).attempt == 1
    assert after(update(attempt=3, rev=1), update(rev=2)).attempt == 3
    assert conflate(after(update(attempt=3, rev=1)), [update(rev=2), update(attempt=4, rev=3)]).state == after(
        update(attempt=3, rev=1), update(rev=2), update(attempt=4, rev=3)
    )


def test_an_attempt_left_out_in_a_batch_is_the_one_that_had_begun_before_it() -> None:
    stored = after(update(status="failed", rev=1))
    batch = [update(0, attempt=2, rev=2), update(1, rev=3, bytesUploaded=3), update(2, rev=1, status="canceled")]

    state = conflate(stored, batch).state

    assert state is not None and (state.attempt, state.status, state.rev) == (2, "uploading", 3)
    assert conflate(state, batch) == Batch(state, False, 2, 1, 0)


@pytest.mark.parametrize("status", ENDING)
def test_the_end_of_an_attempt_delivered_again_does_not_end_the_retry(status: str) -> None:
    end = update(status=status, rev=5)
    retry = after(end, update(attempt=2, rev=5))

    assert judge(retry, end) is Verdict.STALE
    assert judge(after(update(attempt=2, rev=4)), end) is Verdict.ACCEPTED


def test_what_is_of_any_attempt_asks_no_clock() -> None:
    done = replace(update(status="completed", rev=3), any_attempt=True)

    assert judge(after(update(attempt=2, rev=5)), done) is Verdict.ACCEPTED


def test_the_update_that_brought_the_status_is_told_again_although_progress_followed() -> None:
    paused = update(status="paused", rev=5)
    state = after(update(rev=1), paused, update(status="paused", rev=6), update(status="paused", rev=7))

    assert conflate(state, [paused]) == Batch(state, False, 0, 1, 0)
    assert brought_status(state, paused)
    assert not brought_status(state, update(status="paused", rev=6))
    assert judge(after(update(rev=1), paused, update(status="uploading", rev=6)), paused) is Verdict.STALE


def test_the_last_status_of_a_batch_is_never_skipped() -> None:
    stored = after(update(status="uploading", rev=1))

    batch = conflate(stored, [update(0, status="paused", rev=2), update(1, status="processing", rev=3)])

    assert batch.state is not None and batch.state.status == "processing" and batch.state.brings_status
    assert (batch.changed, batch.conflated) == (True, 1)


def test_an_end_is_told_even_if_progress_with_a_higher_rev_overtook_it() -> None:
    end, late = update(status="completed", rev=5), update(status="uploading", rev=9)

    for state in (after(late, end), after(end, late), conflate(None, [late, end]).state):
        assert state is not None
        assert (state.status, state.percent, state.rev, state.brings_status) == ("completed", 100.0, 5, True)


def test_a_tie_goes_to_the_later_position_in_the_batch() -> None:
    tie = [update(0, rev=7, bytesUploaded=1), update(1, rev=7, bytesUploaded=3), update(2, rev=7, bytesUploaded=2)]

    batch = conflate(None, tie[::-1])

    assert batch.state is not None and batch.state.facts["bytesUploaded"] == 3  # bytes never go back
    assert conflate(None, [update(0, rev=7, phase="a"), update(1, rev=7, phase="b")][::-1]).state == after(
        update(rev=7, phase="b")
    )


def test_a_redelivered_update_is_a_duplicate_and_the_stored_state_is_told_again() -> None:
    stored = after(update(rev=7, bytesUploaded=3))

    assert conflate(stored, [update(rev=7, bytesUploaded=9)]) == Batch(stored, False, 0, 1, 0)


@given(st.none() | updates(), st.lists(updates(), max_size=12))
def test_every_update_of_a_batch_is_counted_once(first: Update | None, said: list[Update]) -> None:
    stored = after(first) if first else None

    batch = conflate(stored, _placed(said))

    assert batch.stale + batch.duplicate + batch.conflated + batch.changed == len(said)
    assert min(batch.stale, batch.duplicate, batch.conflated) >= 0
    assert batch.changed or batch.state is stored


@given(st.lists(updates() | updates(attempt=st.none()), min_size=1, max_size=12))
def test_a_batch_delivered_again_changes_nothing(said: list[Update]) -> None:
    batch = conflate(None, _placed(said))

    again = conflate(batch.state, _placed(said))

    assert (again.changed, again.state) == (False, batch.state)
    assert again.duplicate >= 1


@given(st.none() | updates(), st.lists(updates() | updates(attempt=st.none()), min_size=1, max_size=8), st.data())
def test_no_part_of_a_batch_delivered_again_changes_anything(
    first: Update | None, said: list[Update], data: st.DataObject
) -> None:
    state = conflate(after(first) if first else None, _placed(said)).state

    part = data.draw(st.lists(st.sampled_from(said), min_size=1))

    assert not conflate(state, _placed(part)).changed


@given(st.none() | updates(), st.lists(updates(), min_size=1, max_size=12))
def test_a_batch_tells_a_status_exactly_if_it_changed_what_was_stored(first: Update | None, said: list[Update]) -> None:
    stored = after(first) if first else None

    batch = conflate(stored, _placed(said))

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
        state = conflate(state, _placed(batch)).state

    assert visible(state) == visible(after(said[-1]))
    assert visible(after(*arrived)) == visible(after(said[-1]))
    assert visible(conflate(None, _placed(arrived)).state) == visible(after(said[-1]))


@given(st.lists(updates(attempt=1, bytesTotal=100), min_size=1, max_size=12))
def test_percent_never_falls_within_an_attempt_and_is_100_only_when_completed(said: list[Update]) -> None:
    state, told = None, [0.0]
    for one in said:
        state = conflate(state, [one]).state
        assert state is not None and state.percent is not None
        assert (state.percent == 100) is (state.status == "completed")
        told.append(state.percent)

    assert told == sorted(told)


@given(st.integers(0, 2**53 - 1), st.integers(1, 2**53 - 1), st.sampled_from(STATUSES))
def test_percent_is_rounded_down_to_one_decimal(uploaded: int, total: int, status: str) -> None:
    uploaded = min(uploaded, total)
    percent = after(update(status=status, bytesUploaded=uploaded, bytesTotal=total)).percent

    assert percent is not None
    exact = Fraction(100 * uploaded, total)
    if status == "completed":
        assert percent == 100
    elif exact < Fraction("99.9"):
        assert exact - Fraction(1, 10) < Fraction(str(percent)) <= exact
    else:
        assert percent == 99.9


def test_without_a_size_there_is_no_percent_until_it_is_completed() -> None:
    assert after(update(bytesUploaded=7)).percent is None
    assert after(update(bytesUploaded=7, bytesTotal=None)).percent is None
    assert after(update(status="completed")).percent == 100
    assert after(update(bytesUploaded=0, bytesTotal=0)).percent == 0
    assert after(update(status="completed", bytesUploaded=0, bytesTotal=0)).percent == 100


def test_name_and_sizes_outlive_an_update_that_does_not_repeat_them() -> None:
    first = update(rev=1, fileName="a.bin", bytesUploaded=5, bytesTotal=10, phase="part 1", message="m", etaSeconds=3)

    state = after(first, update(rev=2, bytesPerSecond=4))

    assert state.facts == {"fileName": "a.bin", "bytesUploaded": 5, "bytesTotal": 10, "bytesPerSecond": 4}


def test_null_clears_what_was_known() -> None:
    state = after(update(rev=1, fileName="a.bin", bytesTotal=10), update(rev=2, fileName=None, bytesTotal=None))

    assert state.facts == {"bytesUploaded": 0}
    assert state.percent is None


def test_a_retry_starts_again_at_no_bytes_and_keeps_the_file() -> None:
    first = update(attempt=1, rev=1, fileName="a.bin", bytesUploaded=9, bytesTotal=10, startedAt="2026-03-01T11:00:00Z")

    state = after(first, update(attempt=2, rev=1))

    assert state.facts == {"fileName": "a.bin", "bytesUploaded": 0, "bytesTotal": 10}
    assert state.started_at == NOW


@given(st.lists(updates(bytesTotal=st.none() | st.integers(100, 120)), min_size=1, max_size=8))
def test_bytes_are_never_above_the_total(said: list[Update]) -> None:
    state = after(*said)

    total = state.facts.get("bytesTotal")
    assert total is None or 0 <= state.facts["bytesUploaded"] <= total


@pytest.mark.parametrize("attempt", [1, 2])
def test_bytes_above_a_total_that_was_told_before_are_cut_to_it(attempt: int) -> None:
    state = after(update(attempt=1, rev=1, bytesTotal=10), update(attempt=attempt, rev=2, bytesUploaded=15))

    assert state.facts == {"bytesUploaded": 10, "bytesTotal": 10}


def test_an_attempt_began_when_its_first_update_says_or_came() -> None:
    assert after(update(startedAt="1970-01-01T00:00:00Z")).started_at == 0
    assert after(update(rev=1), update(rev=2, updatedAt="2026-03-01T13:00:00Z")).started_at == NOW
    assert after(update(rev=1), update(rev=2, startedAt="2026-03-01T11:00:00Z")).started_at == NOW - 3_600_000


@pytest.mark.parametrize("status", STATUSES)
def test_rows_expire_an_hour_after_the_end_or_a_day_after_the_last_update(status: str) -> None:
    kept = 3600 if status in ENDED else 24 * 3600

    assert after(update(status=status)).expires_at == NOW // 1000 + kept


@pytest.mark.parametrize(
    ("status", "age_seconds", "shown"),
    [("completed", 900, True), ("completed", 901, False), ("paused", 86_399, True), ("paused", 86_400, False)],
)
def test_snapshots_show_what_runs_and_what_ended_in_the_last_15_minutes(
    status: str, age_seconds: int, shown: bool
) -> None:
    assert after(update(status=status)).is_shown(NOW + age_seconds * 1000) is shown


@given(updates(), updates())
def test_applying_an_update_leaves_the_stored_state_alone(first: Update, second: Update) -> None:
    stored = after(first)
    facts = dict(stored.facts)

    apply(stored, second)

    assert stored == after(first) and stored.facts == facts


def _placed(said: Sequence[Update]) -> list[Update]:
    """The same updates, each with its place in the batch."""
    return [replace(one, position=place) for place, one in enumerate(said)]
