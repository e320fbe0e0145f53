"""Makes moto's DynamoDB requests atomic, as DynamoDB's are.

moto checks a condition and writes in two steps, and reads what it answers in a third; another thread can come between
them: two conditional writes could both succeed, and two counters both see 2. The emulator runs handlers in threads, so
it must not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

_lock = threading.RLock()


def make_writes_atomic() -> None:
    """Once per process; doing it again changes nothing. Raises ImportError or AttributeError for another moto."""
    from moto.dynamodb.responses import DynamoHandler

    if not hasattr(DynamoHandler.call_action, "is_atomic"):
        DynamoHandler.call_action = _one_at_a_time(DynamoHandler.call_action)  # type: ignore[method-assign]


def _one_at_a_time(request: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(request)
    def atomic(*arguments: Any, **named: Any) -> Any:
        with _lock:
            return request(*arguments, **named)

    atomic.is_atomic = True  # type: ignore[attr-defined]
    return atomic
