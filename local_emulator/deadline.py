"""A time limit on a future, for the price of one timer: `asyncio.wait_for` costs a future and two callbacks more."""

from __future__ import annotations

import asyncio
from typing import Any


async def within(future: asyncio.Future[Any], seconds: float) -> Any:
    """The result of a future that nobody else awaits. Raises TimeoutError; a result that comes later is lost."""
    timer = future.get_loop().call_later(seconds, _expire, future)
    try:
        return await future
    finally:
        timer.cancel()


def _expire(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())
