"""The wait before the next connection. Pure."""

from __future__ import annotations

MIN_BACKOFF_MS = 500
MAX_BACKOFF_MS = 30_000
# After these `disconnect`s the next connection may be opened at once: the cause was token, row or age.
AT_ONCE = frozenset({4401, 4409, 4410})


def backoff_ms(failures: int, random: float) -> float:
    """Returns a wait with full jitter below 0.5 s, doubled by each failure, up to 30 s; `random` is from 0 to 1."""
    return random * min(MAX_BACKOFF_MS, MIN_BACKOFF_MS << min(failures, 16))


def wait_ms(failures: int, random: float, code: int | None = None, retry_after_ms: int = 0) -> float:
    """Returns the wait after a lost connection; `failures` counts those lost since the last stable one.

    It exceeds the wait that the server asks for by a random part, so that clients do not reconnect together.
    """
    asked = retry_after_ms * (1 + random / 2)
    if not failures and code in AT_ONCE:
        return asked
    return max(asked, backoff_ms(failures, random))
