"""The benchmark of the page, in a short run: it measures what it says it does."""

import pytest

from benchmarks.clients.page import main_thread_ms, opened, pair, stub
from testing.chromium import launched

pytestmark = pytest.mark.browser


async def test_the_page_draws_frames_and_takes_the_messages_that_were_asked_for() -> None:
    async with launched() as browser:
        with stub(200) as url:
            page = await opened(browser, url)
            assert await page.evaluate("progress.uploads.length") == 200
            busy, idle = await pair(page, 200, 1, first=True)
            taken = [await main_thread_ms(browser, page_url, 50, 1) for page_url in (url, f"{url}/?shared")]
    assert idle.messages == 0
    assert busy.messages > 20
    assert busy.frames > 0 < idle.frames
    assert all(0 < one < 1000 for one in taken)
