"""When an upload without news ends, and what replaces that end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.abandonment import REPEAT_MS, look, next_due
from domain.acceptance import Verdict, judge
from domain.protocol import upload_message
from domain.update import Update
from domain.upload import ABANDONED, ENDED_SHOWN_MS, SWEEP, UploadProgress
from testing.updates import ENDING, NOW, RUNNING, after, fold, update, updates

HOUR = 3_600_000
LIMIT = 6 * HOUR
RUNNING_STATES = updates(status=st.sampled_from(RUNNING)).map(lambda said: replace(after(said), due_at=NOW + LIMIT))


def abandoned(state: UploadProgress, later: int = LIMIT) -> UploadProgress:
    return look(state, state.received_at + later, LIMIT)


@given(RUNNING_STATES, st.integers(0, 4 * LIMIT))
def test_an_upload_ends_once_it_had_no_news_for_so_long_and_not_before(state: UploadProgress, later: int) -> None:
    looked = look(state, NOW + later, LIMIT)

    if later < LIMIT:
        assert looked == replace(state, due_at=NOW + LIMIT)
    elif state.has_expired(NOW + later):
        assert looked == replace(state, due_at=None)
    else:
        assert (looked.status, looked.source, looked.facts["error"]["code"]) == ("failed", SWEEP, ABANDONED)
        assert looked.due_at == NOW + later + REPEAT_MS


def test_an_upload_that_announced_a_longer_silence_ends_after_it_but_before_its_row() -> None:
    def silent(seconds: int) -> UploadProgress:
        return replace(after(update(status="processing", stalledAfterSeconds=seconds)), due_at=NOW + LIMIT)

    assert look(silent(7 * 3600), NOW + LIMIT, LIMIT).due_at == NOW + 7 * HOUR
    assert look(silent(7 * 3600), NOW + 7 * HOUR, LIMIT).is_abandoned
    assert look(silent(60), NOW + LIMIT, LIMIT).is_abandoned
    assert look(silent(10**9), NOW + LIMIT, LIMIT).due_at == NOW + 23 * HOUR


def test_the_end_names_one_minute_and_several() -> None:
    ends = [look(after(update()), NOW + minutes * REPEAT_MS, REPEAT_MS) for minutes in (1, 2)]
    assert [end.facts["error"]["message"].rsplit(" ", 2)[1:] for end in ends] == [["1", "minute."], ["2", "minutes."]]


@given(RUNNING_STATES)
def test_the_end_is_sent_as_a_status_with_the_rev_of_the_last_news(state: UploadProgress) -> None:
    end = abandoned(state)
    message = upload_message(end)

    assert message["type"] == "status"
    assert (end.attempt, end.rev, end.attempt_rev, end.run_ids) == (
        state.attempt,
        state.rev,
        state.attempt_rev,
        state.run_ids,
    )
    assert message["upload"]["bytesUploaded"] == state.facts["bytesUploaded"]
    assert message["upload"]["error"]["message"] == "There was no news of this upload for 360 minutes."


@given(RUNNING_STATES, updates())
def test_what_would_have_followed_the_running_upload_follows_its_end_too(state: UploadProgress, said: Update) -> None:
    end = abandoned(state)

    assert (judge(end, said, 0) is Verdict.ACCEPTED) == (judge(state, said, 0) is Verdict.ACCEPTED)


@given(RUNNING_STATES, updates())
def test_news_that_replaces_the_end_leaves_nothing_of_it(state: UploadProgress, said: Update) -> None:
    end = abandoned(state)
    news = fold(end, [said])

    if news.changed and news.state:
        assert news.state.source is None and "error" not in news.state.facts
        assert upload_message(news.state)["type"] == "status"


def test_a_new_run_after_the_end_begins_an_attempt_and_the_same_run_goes_on() -> None:
    first = update(runId="run-aaaa1", rev=5)
    end = abandoned(replace(after(first), due_at=NOW))

    assert fold(end, [update(runId="run-aaaa1", rev=6)]).state.attempt == 1  # type: ignore[union-attr]
    assert fold(end, [update(runId="run-bbbb2", rev=6)]).state.attempt == 2  # type: ignore[union-attr]
    assert fold(end, [update(runId="run-bbbb2", rev=6, status="processing")]).state.attempt == 1  # type: ignore[union-attr]


def test_the_end_is_kept_as_long_as_a_running_upload_but_shown_as_an_ended_one() -> None:
    end = abandoned(replace(after(update()), due_at=NOW))
    ended_at = NOW + LIMIT

    assert end.expires_at == ended_at // 1000 + 24 * 3600
    assert end.is_shown(ended_at + ENDED_SHOWN_MS) and not end.is_shown(ended_at + ENDED_SHOWN_MS + 1)


def test_an_end_stays_due_until_snapshots_no_longer_show_it() -> None:
    end = abandoned(replace(after(update()), due_at=NOW))

    again = look(end, NOW + LIMIT + REPEAT_MS, LIMIT)
    assert again == replace(end, due_at=NOW + LIMIT + 2 * REPEAT_MS)
    assert look(end, NOW + LIMIT + HOUR, LIMIT) == replace(end, due_at=None)


@pytest.mark.parametrize("status", ENDING)
def test_an_upload_that_an_older_release_ended_is_no_longer_due(status: str) -> None:
    state = replace(after(update(status=status)), due_at=NOW)

    assert look(state, NOW + LIMIT, LIMIT) == replace(state, due_at=None)


@given(RUNNING_STATES, updates(status=st.sampled_from(RUNNING)))
def test_progress_leaves_the_due_time_as_it_is(state: UploadProgress, said: Update) -> None:
    news = fold(state, [said]).state

    assert news and next_due(state, news, LIMIT) == state.due_at
    assert next_due(abandoned(state), news, LIMIT) == news.received_at + LIMIT
    assert next_due(None, news, LIMIT) == news.received_at + LIMIT


@given(RUNNING_STATES, updates(status=st.sampled_from(ENDING)))
def test_an_ended_upload_and_one_without_a_limit_is_never_due(state: UploadProgress, said: Update) -> None:
    assert next_due(state, after(said), LIMIT) is None
    assert next_due(None, state, 0) is None
