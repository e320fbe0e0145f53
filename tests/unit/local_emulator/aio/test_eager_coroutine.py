"""A coroutine that runs outside any task: to its first wait at once, and then to its end."""

from __future__ import annotations

import asyncio
from typing import Any

from local_emulator.aio.eager_coroutine import Errand


async def test_it_begins_at_once_and_goes_on_when_its_wait_is_over() -> None:
    said: list[str] = []
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        said.append("begun")
        said.append(await waited_for)

    Errand(work())
    assert said == ["begun"]
    waited_for.set_result("done")
    await asyncio.sleep(0)
    assert said == ["begun", "done"]


async def test_what_it_waits_for_may_fail() -> None:
    said: list[str] = []
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            await waited_for
        except ValueError as raised:
            said.append(str(raised))

    Errand(work())
    waited_for.set_exception(ValueError("no"))
    await asyncio.sleep(0)
    assert said == ["no"]


async def test_it_may_wait_for_tasks_for_a_turn_and_for_locks() -> None:
    said: list[str] = []
    lock = asyncio.Lock()

    async def work(name: str) -> None:
        async with lock:
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
            said.append(await asyncio.ensure_future(_later(name)))

    for name in "abc":
        Errand(work(name))
    await asyncio.wait_for(_until(lambda: len(said) == 3), 10)
    assert said == ["a", "b", "c"]


async def test_what_it_raises_is_told_to_the_loop() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def work() -> None:
        await asyncio.sleep(0)
        raise ValueError("unforeseen")

    Errand(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [str(context["exception"]) for context in told] == ["unforeseen"]


async def test_it_ends_without_a_word_where_what_it_waits_for_is_cancelled() -> None:
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            await waited_for
        finally:
            said.append("ended")

    Errand(work())
    waited_for.cancel()
    await asyncio.sleep(0)
    assert said == ["ended"]


async def _later(name: str) -> str:
    await asyncio.sleep(0)
    return name


async def _until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0)
