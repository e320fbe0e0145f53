"""The budget of the sweep: how many silent uploads it ends within its time and its rate of posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from application.abandon_uploads import MAX_AT_ONCE, AbandonUploads
from domain.update import parse_update
from handlers import bootstrap
from infra.dynamodb.due_index import DueKey
from infra.rate_limiter import RateLimiter
from testing.updates import NOW, VALID

pytestmark = pytest.mark.usefixtures("world")

LIMIT = 360 * 60_000
CONNECTIONS = 10


class Time:
    """A clock that only waits move."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def silent(number: int) -> Iterator[DueKey]:
    """Stores uploads of that many users, all without news for longer than the limit."""
    for place in range(number):
        said = parse_update({**VALID, "userId": f"user{place}"}, received_at=NOW)
        stored = bootstrap.uploads().save(None, [said], NOW).state
        assert stored and bootstrap.uploads().replace(stored, replace(stored, due_at=NOW + LIMIT))
        yield DueKey(f"user{place}", "u1", NOW + LIMIT)


def abandon(keys: Iterator[DueKey], time: Time, posts_per_second: float, seconds: float) -> int:
    """Returns the number of uploads that one sweep ends."""
    pace = RateLimiter(posts_per_second, time.now, time.sleep)
    use_case = AbandonUploads(
        bootstrap.uploads(),
        bootstrap.broadcast(),
        pace,
        abandon_after_ms=LIMIT,
        max_connections_per_user=CONNECTIONS,
    )
    counts = use_case.run(keys, lambda: NOW + LIMIT, lambda: seconds - time.seconds)
    return counts["uploads_abandoned"]


def test_ends_stay_within_the_rate_and_what_has_no_time_is_left_to_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("application.abandon_uploads.MAX_AT_ONCE", 5)
    keys, time = list(silent(20)), Time()

    first = abandon(iter(keys), time, 50, seconds=1.5)
    assert (first, time.seconds) == (15, 2.0)  # three groups of 50 posts, of which the first need not wait
    assert abandon(iter(keys), time, 50, seconds=45) == len(keys) - first


def test_one_group_waits_for_less_than_the_time_that_a_sweep_keeps() -> None:
    from handlers.sweep import POSTS_PER_SECOND, SPARE_MS

    slowest = POSTS_PER_SECOND / 16
    assert MAX_AT_ONCE * CONNECTIONS / slowest * 1000 < SPARE_MS
