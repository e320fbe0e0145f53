"""Makes moto's DynamoDB requests atomic, as DynamoDB's are.

moto checks a condition and writes in two steps, and reads its answer in a third. moto's server has a thread for each
connection, and another thread can come between the steps. Two conditional writes could then both succeed, and two
counters both see 2.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

_lock = threading.RLock()


def make_writes_atomic() -> None:
    """Patches moto, once per process. Raises ImportError or AttributeError for another moto."""
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
