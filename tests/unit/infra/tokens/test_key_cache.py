"""Who waits for a fetch and who does not; a wait that should not be would last until the test times out."""

import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.token_errors import KeysUnavailableError
from infra.tokens.key_cache import KeyCache
from testing.provider import SettableClock


class Source:
    """A source that counts, and answers only while it is open."""

    def __init__(self) -> None:
        self.fetches = 0
        self.asked, self.open = threading.Event(), threading.Event()

    def fetch(self) -> int:
        self.fetches += 1
        self.asked.set()
        self.open.wait()
        return self.fetches


def test_whoever_may_use_the_old_value_does_not_wait_for_the_new_one() -> None:
    source, clock = Source(), SettableClock()
    cache = KeyCache(source.fetch, wait_seconds=1000, clock=clock)
    source.open.set()
    assert cache.current() == 1
    source.open.clear()
    source.asked.clear()
    clock.seconds += 300
    fetching = threading.Thread(target=cache.current)
    fetching.start()
    source.asked.wait()

    assert cache.current() == 1

    source.open.set()
    fetching.join()
    assert cache.current() == 2


def test_whoever_has_no_value_waits_for_the_running_fetch_but_not_for_ever() -> None:
    source = Source()
    cache = KeyCache(source.fetch, wait_seconds=0.01, clock=SettableClock())
    fetching = threading.Thread(target=cache.current)
    fetching.start()
    source.asked.wait()

    with pytest.raises(KeysUnavailableError, match="not fetched yet"):
        cache.current()

    source.open.set()
    fetching.join()
    assert cache.current() == 1 and source.fetches == 1


def test_a_search_takes_the_fetch_that_runs_already() -> None:
    source, clock = Source(), SettableClock()
    cache = KeyCache(source.fetch, wait_seconds=1000, clock=clock)
    source.open.set()
    assert cache.current() == 1
    source.open.clear()
    source.asked.clear()
    found: list[object] = []
    searching = [threading.Thread(target=lambda: found.append(cache.search(is_second, early=True))) for _ in range(8)]
    for thread in searching:
        thread.start()
    source.asked.wait()
    source.open.set()
    for thread in searching:
        thread.join()

    assert found == [[2]] * 8 and source.fetches == 2


def is_second(value: int) -> list[int]:
    return [value] if value == 2 else []


STEPS = st.lists(st.tuples(st.floats(0, 40), st.sampled_from(["known", "unknown", "change", "fail"])), max_size=60)


@given(STEPS)
def test_no_30_seconds_have_more_than_two_fetches_whatever_is_searched(steps: list[tuple[float, str]]) -> None:
    times = fetches(steps)

    assert all(third - first >= 30 for first, third in zip(times, times[2:], strict=False))


@given(st.lists(st.floats(0, 40), min_size=1, max_size=60))
def test_searches_in_vain_cost_two_fetches_and_then_one_per_30_seconds(waits: list[float]) -> None:
    times = fetches([(wait, "unknown") for wait in waits])

    assert all(later - earlier >= 30 for earlier, later in pairwise(times[1:]))


@given(STEPS)
def test_what_is_added_after_a_fetch_is_found_at_once_if_nothing_was_searched_in_vain(
    steps: list[tuple[float, str]],
) -> None:
    clock, published = SettableClock(), [1]
    cache = KeyCache(lambda: frozenset(published), clock=clock)
    for wait, _ in steps:
        clock.seconds += 30 + wait
        published.append(published[-1] + 1)
        assert cache.search(having(published[-1]), early=True)
        published.append(published[-1] + 1)
        assert cache.search(having(published[-1]), early=True)


def fetches(steps: list[tuple[float, str]]) -> list[float]:
    """Returns the times of the fetches that a history of waits and searches causes."""
    clock, published, times = SettableClock(), [1], list[float]()
    failing = False

    def fetch() -> frozenset[int]:
        times.append(clock.seconds)
        if failing:
            raise KeysUnavailableError(problem="down")
        return frozenset(published)

    cache = KeyCache(fetch, clock=clock)
    for wait, step in steps:
        clock.seconds += wait
        if step == "change":
            published.append(published[-1] + 1)
        failing = step == "fail"
        with suppress(KeysUnavailableError):
            cache.search(having(0 if step == "unknown" else published[-1]), early=True)
    return times


def having(number: int) -> Callable[[frozenset[int]], list[int]]:
    return lambda numbers: [number] if number in numbers else []


def test_a_fetch_that_breaks_does_not_keep_the_next_one_from_starting() -> None:
    clock, divisors = SettableClock(), iter([0, 1])
    cache = KeyCache(lambda: 7 // next(divisors), clock=clock)
    with pytest.raises(ZeroDivisionError):
        cache.current()
    clock.seconds += 30

    assert cache.current() == 7
