"""Threads for calls that block: no call waits for another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from local_emulator.aio.thread_pool import ThreadPool


@pytest.fixture
async def threads() -> AsyncIterator[ThreadPool]:
    made = ThreadPool()
    yield made
    made.stop()


async def test_results_and_errors_come_back_to_their_callers(threads: ThreadPool) -> None:
    calls = [threads.submit(lambda number=number: 10 // number) for number in range(5)]  # type: ignore[misc]
    with pytest.raises(ZeroDivisionError):
        await calls[0]
    assert await asyncio.gather(*calls[1:]) == [10, 5, 3, 2]


async def test_calls_run_side_by_side(threads: ThreadPool) -> None:
    together = threading.Barrier(8)
    await asyncio.wait_for(asyncio.gather(*(threads.submit(together.wait) for _ in range(8))), 10)


async def test_calls_one_after_the_other_share_a_thread(threads: ThreadPool) -> None:
    assert len({await threads.submit(_thread) for _ in range(50)}) == 1


async def test_a_call_may_need_the_loop(threads: ThreadPool) -> None:
    loop = asyncio.get_running_loop()

    def asks() -> int:
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 7), loop).result(10)

    assert await asyncio.wait_for(asyncio.gather(*(threads.submit(asks) for _ in range(20))), 20) == [7] * 20


async def test_the_result_of_a_cancelled_call_is_dropped(threads: ThreadPool) -> None:
    held = threading.Event()
    cancelled = threads.submit(held.wait)
    cancelled.cancel()
    held.set()
    assert await threads.submit(_thread)


async def test_a_call_that_has_not_begun_at_the_stop_never_runs(
    threads: ThreadPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_emulator.aio.thread_pool.MAX_THREADS", 1)
    held, begun = threading.Event(), threading.Event()
    running = threads.submit(held.wait)
    threads.submit(begun.set)
    threads.stop()
    held.set()
    assert await running
    assert not begun.wait(0.1)


def _thread() -> str:
    return threading.current_thread().name
