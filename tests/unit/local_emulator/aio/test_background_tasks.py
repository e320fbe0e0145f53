"""Tasks that nothing awaits."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

from local_emulator.aio.background_tasks import BackgroundTasks


async def test_a_task_without_another_reference_lives_until_its_end() -> None:
    tasks, ended = BackgroundTasks(), asyncio.Event()
    waiting: list[weakref.ref[asyncio.Future[None]]] = []

    async def work() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(weakref.ref(future))
        await future
        ended.set()

    tasks.start(work())
    await asyncio.sleep(0)
    gc.collect()
    future = waiting[0]()
    assert future is not None
    future.set_result(None)
    await asyncio.wait_for(ended.wait(), 10)
    await asyncio.sleep(0)
    assert len(tasks) == 0


async def test_a_failure_is_reported_to_the_loop() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def work() -> None:
        raise ValueError("unforeseen")

    tasks = BackgroundTasks()
    tasks.start(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert [str(context["exception"]) for context in reported] == ["unforeseen"]


async def test_cancelling_ends_every_task() -> None:
    tasks = BackgroundTasks()
    started = [tasks.start(asyncio.sleep(60)) for _ in range(3)]
    tasks.cancel()
    await asyncio.wait(started)
    assert all(task.cancelled() for task in started) and len(tasks) == 0
