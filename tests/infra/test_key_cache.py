"""Who waits for a fetch and who does not; a wait that should not be would last until the test times out."""

import threading

import pytest

from infra.invalid_token import KeysUnavailable
from infra.key_cache import KeyCache
from tests.infra.provider import Clock


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
    source, clock = Source(), Clock()
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
    cache = KeyCache(source.fetch, wait_seconds=0.01, clock=Clock())
    fetching = threading.Thread(target=cache.current)
    fetching.start()
    source.asked.wait()

    with pytest.raises(KeysUnavailable, match="not fetched yet"):
        cache.current()

    source.open.set()
    fetching.join()
    assert cache.current() == 1 and source.fetches == 1


def test_a_fetch_that_breaks_does_not_keep_the_next_one_from_starting() -> None:
    clock, divisors = Clock(), iter([0, 1])
    cache = KeyCache(lambda: 7 // next(divisors), clock=clock)
    with pytest.raises(ZeroDivisionError):
        cache.current()
    clock.seconds += 30

    assert cache.current() == 7
