"""How long to wait before the next connection. Pure."""

from __future__ import annotations

MIN_BACKOFF_MS = 500
MAX_BACKOFF_MS = 30_000
# After these `disconnect`s the next connection may be made at once: token, row or age was at fault, not we.
AT_ONCE = frozenset({4401, 4409, 4410})


def backoff_ms(failures: int, random: float) -> float:
    """Full jitter below 0.5 s, doubled by each failure, up to 30 s; `random` is from 0 to 1."""
    return random * min(MAX_BACKOFF_MS, MIN_BACKOFF_MS << min(failures, 16))


def wait_ms(failures: int, random: float, code: int | None = None, retry_after_ms: int = 0) -> float:
    """The wait after a connection was lost; `failures` were lost before it since one was stable.

    What the server asks for is a little exceeded, so that those who were told the same do not come together.
    """
    asked = retry_after_ms * (1 + random / 2)
    if not failures and code in AT_ONCE:
        return asked
    return max(asked, backoff_ms(failures, random))
