"""A value that is fetched from elsewhere, kept for a while, and fetched rarely however many ask for it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from infra.invalid_token import KeysUnavailable

Value = TypeVar("Value")


class KeyCache(Generic[Value]):
    """Keeps what `fetch` returned: fresh for 300 s, and an hour at most while no newer one can be had.

    `fetch` raises KeysUnavailable if it fails. Failed or not, it is called at most once per 30 s and by one
    thread at a time. Others take what is there meanwhile, or wait for it for at most `wait_seconds`. `clock`
    counts seconds and never goes back.
    """

    def __init__(
        self,
        fetch: Callable[[], Value],
        *,
        fresh_seconds: float = 300,
        stale_seconds: float = 3600,
        pause_seconds: float = 30,
        wait_seconds: float = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._fresh_seconds, self._stale_seconds = fresh_seconds, stale_seconds
        self._pause_seconds, self._wait_seconds = pause_seconds, wait_seconds
        self._changed = threading.Condition()
        self._fetching = False
        self._held: tuple[Value, float] | None = None  # with the time at which its fetch began
        self._tried_at: float | None = None
        self._failure = KeysUnavailable(problem="not fetched yet")

    def current(self) -> Value:
        """The value, fetched anew if it is no longer fresh. Raises KeysUnavailable."""
        held = self._usable(self._fresh_seconds)
        return held[0] if held else self._renewed(wait=self._usable(self._stale_seconds) is None)

    def renewed(self) -> Value:
        """The value, fetched anew if that is allowed again; the running fetch is waited for."""
        return self._renewed(wait=True)

    def _renewed(self, wait: bool) -> Value:
        if self._may_fetch(wait):
            self._fetch_now()
        held = self._usable(self._stale_seconds)
        if held is None:
            raise KeysUnavailable(**self._failure.evidence)
        return held[0]

    def _may_fetch(self, wait: bool) -> bool:
        with self._changed:
            if self._fetching:
                if wait:
                    self._changed.wait_for(lambda: not self._fetching, self._wait_seconds)
                return False
            now = self._clock()
            if self._tried_at is not None and now - self._tried_at < self._pause_seconds:
                return False
            self._fetching, self._tried_at = True, now
            return True

    def _fetch_now(self) -> None:
        began = self._clock()
        try:
            self._held = (self._fetch(), began)
        except KeysUnavailable as failure:
            self._failure = failure
        finally:
            with self._changed:
                self._fetching = False
                self._changed.notify_all()

    def _usable(self, seconds: float) -> tuple[Value, float] | None:
        held = self._held
        return held if held and self._clock() - held[1] < seconds else None
