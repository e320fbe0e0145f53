"""Threads for calls that block: quick ones share a thread, slow ones hold up nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from local_emulator.aio.thread_pool import Workers


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers()
    yield made
    made.stop()


async def test_results_and_errors_come_back_to_their_callers(workers: Workers) -> None:
    calls = [workers.submit(lambda number=number: 10 // number, quick=True) for number in range(5)]  # type: ignore[misc]
    with pytest.raises(ZeroDivisionError):
        await calls[0]
    assert await asyncio.gather(*calls[1:]) == [10, 5, 3, 2]


async def test_quick_calls_of_one_turn_share_a_thread(workers: Workers) -> None:
    names = await asyncio.gather(*(workers.submit(_thread, quick=True) for _ in range(50)))
    assert len(set(names)) == 1


async def test_slow_calls_run_side_by_side(workers: Workers) -> None:
    together = threading.Barrier(8)
    await asyncio.wait_for(asyncio.gather(*(workers.submit(together.wait) for _ in range(8))), 10)


async def test_a_call_that_was_thought_quick_holds_up_the_others_for_a_moment_only(workers: Workers) -> None:
    held = threading.Event()
    first = workers.submit(_thread, quick=True)
    stuck = workers.submit(held.wait, quick=True)
    others = [workers.submit(_thread, quick=True) for _ in range(20)]
    await asyncio.wait_for(asyncio.gather(first, *others), 10)
    assert not stuck.done()
    held.set()
    assert await stuck


async def test_what_is_done_comes_back_before_a_slow_call_begins(workers: Workers) -> None:
    held = threading.Event()
    quick, slow = workers.submit(_thread, quick=True), workers.submit(held.wait)
    await asyncio.wait_for(quick, 10)
    assert not slow.done()
    held.set()
    await slow


async def test_a_quick_call_that_needs_the_loop_after_all_gets_it(workers: Workers) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(workers.submit(_thread) for _ in range(3)))

    def asks() -> int:
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 7), loop).result(10)

    assert (
        await asyncio.wait_for(asyncio.gather(*(workers.submit(asks, quick=True) for _ in range(20))), 20) == [7] * 20
    )


async def test_calls_keep_coming_back_while_more_are_handed_over(workers: Workers) -> None:
    async def chain() -> int:
        for _ in range(200):
            await workers.submit(lambda: time.sleep(0), quick=True)
        return 200

    assert await asyncio.wait_for(asyncio.gather(*(chain() for _ in range(20))), 30) == [200] * 20


async def test_a_result_that_nobody_waits_for_is_dropped(workers: Workers) -> None:
    held = threading.Event()
    given_up = workers.submit(held.wait)
    await asyncio.sleep(0)
    given_up.cancel()
    held.set()
    assert await workers.submit(_thread)


async def test_what_has_not_begun_when_all_ends_never_does(workers: Workers) -> None:
    held, begun = threading.Event(), threading.Event()
    running = workers.submit(held.wait, quick=True)
    workers.submit(begun.set, quick=True)
    await asyncio.sleep(0)
    workers.stop()
    held.set()
    assert await running
    assert not begun.wait(0.1)


def _thread() -> str:
    return threading.current_thread().name
