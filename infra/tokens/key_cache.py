"""A cache of one fetched value, with a limited rate of fetches."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from domain.token_errors import KeysUnavailableError

FRESH_SECONDS, STALE_SECONDS, PAUSE_SECONDS = 300, 3600, 30

Value = TypeVar("Value")
Found = TypeVar("Found")


class KeyCache(Generic[Value]):
    """Keeps the value of `fetch`: fresh for 300 s, and used for an hour at most while no newer one is available.

    `fetch` raises KeysUnavailableError if it fails. One thread at a time calls it, once per 30 s even if it fails.
    Other threads use the present value, or wait for the new one for at most `wait_seconds`. A key that `search` misses
    may be newer than the last fetch, so one early fetch is allowed within the 30 s. The next early fetch is allowed
    after a fetch for age, or after one that brought a change. So vain searches do not double the rate.
    `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        fetch: Callable[[], Value],
        *,
        wait_seconds: float = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._fetching = False
        self._held: tuple[Value, float] | None = None  # with the time at which its fetch began
        self._tried_at: float | None = None
        self._is_early = self._early_allowed = False  # of the last fetch; of the next fetch
        self._failure = KeysUnavailableError(problem="not fetched yet")

    def current(self) -> Value:
        """Returns the value, fetched again if it is no longer fresh. Raises KeysUnavailableError."""
        held = self._usable(FRESH_SECONDS)
        return held[0] if held else self._renewed(wait=self._usable(STALE_SECONDS) is None)

    def search(self, find: Callable[[Value], Sequence[Found]], *, early: bool) -> Sequence[Found]:
        """Returns what `find` finds in the value, or in a newer one if it finds nothing and a fetch is allowed.

        `early` allows the early fetch. Waits for a fetch that is running. Raises KeysUnavailableError.
        """
        before = self._held
        value = self.current()
        found = find(value)
        if found or before is None or value is not before[0]:
            return found  # the value was fetched during this search: a second fetch would bring no other
        return find(self._renewed(wait=True, searched=True, early=early))

    def _renewed(self, wait: bool, searched: bool = False, early: bool = False) -> Value:
        if self._begin_fetch(wait, early):
            self._fetch_now(searched)
        held = self._usable(STALE_SECONDS)
        if held is None:
            raise KeysUnavailableError(**self._failure.evidence)
        return held[0]

    def _begin_fetch(self, wait: bool, early: bool) -> bool:
        with self._changed:
            if self._fetching:
                if wait:
                    self._changed.wait_for(lambda: not self._fetching, self._wait_seconds)
                return False
            now = self._clock()
            is_early = self._tried_at is not None and now - self._tried_at < PAUSE_SECONDS
            if is_early and not (early and self._early_allowed):
                return False
            self._fetching, self._tried_at = True, now
            self._is_early, self._early_allowed = is_early, False
            return True

    def _fetch_now(self, searched: bool) -> None:
        began, before = self._clock(), self._held
        try:
            value = self._fetch()
            self._held = (value, began)
            self._early_allowed = not self._is_early and (not searched or before is None or value != before[0])
        except KeysUnavailableError as failure:
            self._failure = failure
        finally:
            with self._changed:
                self._fetching = False
                self._changed.notify_all()

    def _usable(self, seconds: float) -> tuple[Value, float] | None:
        held = self._held
        return held if held and self._clock() - held[1] < seconds else None
