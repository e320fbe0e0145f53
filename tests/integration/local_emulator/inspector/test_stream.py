import asyncio
import json
from typing import Any

import aiohttp
import pytest

from local_emulator.inspector.stream import MAX_PAGES
from tests.integration.local_emulator.inspector.conftest import Inspected


async def _next(page: aiohttp.ClientWebSocketResponse, name: str) -> Any:
    """The next message with a field of this name."""
    async with asyncio.timeout(10):
        while True:
            message = json.loads((await page.receive()).data)
            if name in message:
                return message


async def _open(inspected: Inspected, **subscription: Any) -> aiohttp.ClientWebSocketResponse:
    page = await inspected.running.connect("/_emulator/stream")
    await _next(page, "counts")
    await page.send_json(subscription)
    await asyncio.sleep(0.05)
    return page


async def test_a_page_is_told_what_it_selected_as_it_happens(inspected: Inspected) -> None:
    page = await _open(inspected, selection={"kinds": "refused"})
    await inspected.running.refused("/a")
    news = await _next(page, "rows")
    assert [row["what"] for row in news["rows"]] == ["/a"]
    assert news["last"] == news["rows"][-1]["number"]
    connection = await inspected.running.connect("/dev")
    assert (await _next(page, "counts"))["counts"]["connections"] == 1
    await connection.close()
    await page.close()


async def test_a_page_that_pauses_is_told_later_where_it_left_off(inspected: Inspected) -> None:
    page = await _open(inspected, selection={"kinds": "refused"}, paused=True)
    for path in ("/a", "/b"):
        await inspected.running.refused(path)
    with pytest.raises(TimeoutError):
        await page.receive(timeout=0.5)
    await page.send_json({"selection": {"kinds": "refused"}, "paused": False})
    assert [row["what"] for row in (await _next(page, "rows"))["rows"]] == ["/a", "/b"]
    await page.close()


async def test_what_is_no_wish_changes_nothing(inspected: Inspected) -> None:
    page = await _open(inspected)
    for nonsense in ("{", "[1]", '{"after": "x", "selection": 7}', "[" * 5000):
        await page.send_str(nonsense)
    await inspected.running.refused("/a")
    assert (await _next(page, "rows"))["rows"][0]["what"] == "/a"
    await page.close()


async def test_there_is_an_end_to_how_many_pages_are_served(inspected: Inspected) -> None:
    pages = [await inspected.running.connect("/_emulator/stream") for _ in range(MAX_PAGES)]
    await inspected.ask("stream", 503)
    for page in pages:
        await page.close()


async def test_the_emulator_ends_although_a_page_is_open(inspected: Inspected) -> None:
    page = await _open(inspected)
    await asyncio.wait_for(inspected.running.emulator.stop(), 10)
    while (last := await page.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert (last.type, last.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    # The fixture stops it again, and an emulator stops once.
    inspected.running.emulator.stop = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
