"""What the state of an upload says after an update."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.update import ENDED, STATUSES, Update
from domain.upload import apply
from testing.updates import NOW, after, fold, update, updates


@given(st.lists(updates(attempt=1, bytesTotal=100), min_size=1, max_size=12))
def test_percent_never_falls_within_an_attempt_and_is_100_only_when_completed(said: list[Update]) -> None:
    state, told = None, [0.0]
    for one in said:
        state = fold(state, [one]).state
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


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_the_percent_of_a_pipeline_that_knows_no_bytes_is_shown_and_never_falls(tenths: list[int]) -> None:
    said = [update(rev=rev, percent=tenth / 10) for rev, tenth in enumerate(tenths)]

    state = after(*said, update(rev=99, message="Nearly there."))

    assert state.percent == min(99.9, max(tenths) / 10)
    assert after(update(rev=100, status="completed"), stored=state).percent == 100
    assert after(update(rev=100, attempt=2), stored=state).percent is None
    assert after(update(rev=100, bytesUploaded=1, bytesTotal=4), stored=state).percent == 25


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

    state = after(first, update(attempt=2))

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
    assert after(update(), update(updatedAt="2026-03-01T13:00:00Z")).started_at == NOW
    assert after(update(rev=1), update(rev=2)).started_at == 1
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

    apply(stored, second, second.attempt or 1)

    assert stored == after(first) and stored.facts == facts


def test_the_percent_of_a_phase_never_falls_within_it() -> None:
    first = update(rev=1, status="processing", phase="transcoding", phasePercent=40)

    assert (
        after(first, first, update(rev=2, status="processing", phase="transcoding", phasePercent=30)).facts[
            "phasePercent"
        ]
        == 40
    )
    assert after(first, update(rev=2, status="processing", phase="scanning", phasePercent=3)).facts["phasePercent"] == 3
    assert "phasePercent" not in after(first, update(rev=2, status="processing", phase="transcoding")).facts
    again = update(rev=2, attempt=2, status="processing", phase="transcoding", phasePercent=3)
    assert after(first, again).facts["phasePercent"] == 3
