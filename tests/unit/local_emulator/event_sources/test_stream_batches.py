"""Retries of batches: every record is handled or given up, once, and in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local_emulator.deployment import StreamSource
from local_emulator.event_sources.stream_batches import TOO_OLD, Abandoned, StreamBatch, after_failure

SOURCE = StreamSource("M", "F", "t", max_retries=2)


def _records(count: int, arrived: int = 100) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": arrived}} for number in range(count)
    )


def _numbers(records: Any) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


@given(
    count=st.integers(1, 20),
    poison=st.sets(st.integers(0, 19)),
    bisect=st.booleans(),
    reports=st.booleans(),
    retries=st.integers(0, 3),
)
def test_no_record_is_lost_and_none_is_done_twice(
    count: int, poison: set[int], bisect: bool, reports: bool, retries: int
) -> None:
    source = replace(SOURCE, bisect=bisect, max_retries=retries, report_batch_item_failures=reports)
    waiting, done, abandoned = [StreamBatch(_records(count))], [], []
    for _ in range(1_000):
        if not waiting:
            break
        batch = waiting.pop(0)
        bad = [index for index, number in enumerate(_numbers(batch.records)) if number in poison]
        if not bad:
            done += _numbers(batch.records)
            continue
        failed = bad[0] if reports else 0
        done += _numbers(batch.records[:failed])
        following = after_failure(batch, failed, source, 100)
        if isinstance(following, Abandoned):
            abandoned += _numbers(following.batch.records)
        else:
            waiting = following + waiting

    assert not waiting
    assert sorted(done + abandoned) == list(range(count))
    assert poison & set(range(count)) <= set(abandoned)
    if bisect and not reports:
        assert set(abandoned) == poison & set(range(count))


def test_halves_are_no_retry_and_a_single_record_is_tried_again() -> None:
    source = replace(SOURCE, bisect=True)
    halves = after_failure(StreamBatch(_records(5)), 0, source, 100)

    assert [(len(half.records), half.attempts) for half in halves] == [(2, 0), (3, 0)]  # type: ignore[union-attr]
    (again,) = after_failure(StreamBatch(_records(1)), 0, source, 100)  # type: ignore[misc]
    assert again.attempts == 1


def test_what_is_done_is_not_retried() -> None:
    (rest,) = after_failure(StreamBatch(_records(5)), 3, replace(SOURCE, bisect=True), 100)  # type: ignore[misc]

    assert _numbers(rest.records) == [3, 4]


def test_a_record_that_is_too_old_is_given_up_at_once() -> None:
    ended = after_failure(StreamBatch(_records(2)), 0, replace(SOURCE, max_age_seconds=60), 161)

    assert isinstance(ended, Abandoned) and ended.condition == TOO_OLD


def test_without_limits_a_batch_is_tried_for_ever() -> None:
    batch = StreamBatch(_records(1), attempts=10_000)

    assert after_failure(batch, 0, replace(SOURCE, max_retries=-1), 1e9) == [StreamBatch(batch.records, 10_001)]
