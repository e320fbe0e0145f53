"""Makes moto's DynamoDB writes atomic, as DynamoDB's are.

moto checks a condition and writes in two steps, and another thread can come between them: two conditional writes could
both succeed. The emulator runs handlers in threads, so it must not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

WRITES = ("put_item", "update_item", "delete_item", "transact_write_items")
_lock = threading.RLock()


def make_writes_atomic() -> None:
    """Once per process; doing it again changes nothing."""
    for name in WRITES:
        write = getattr(DynamoDBBackend, name)
        if not hasattr(write, "is_atomic"):
            setattr(DynamoDBBackend, name, _one_at_a_time(write))


def _one_at_a_time(write: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(write)
    def atomic(*arguments: Any, **named: Any) -> Any:
        with _lock:
            return write(*arguments, **named)

    atomic.is_atomic = True  # type: ignore[attr-defined]
    return atomic
