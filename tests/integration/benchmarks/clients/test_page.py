"""The benchmark of the page, in a short run: it measures what it says it does."""

import pytest

from benchmarks.clients.page import pair
from benchmarks.harness import processes
from testing.chromium import launched

pytestmark = pytest.mark.browser


async def test_the_page_draws_frames_and_takes_the_messages_that_were_asked_for() -> None:
    async with launched() as browser:
        port = processes.free_port()
        with processes.server(["-m", "benchmarks.clients.page_stub", str(port), "200"], port) as stub:
            page = await browser.new_page()
            await page.goto(stub.url)
            await page.wait_for_function("window.progress?.connection.state === 'live'")
            assert await page.evaluate("progress.uploads.length") == 200
            busy, idle = await pair(page, 200, 1, first=True)
    assert idle.messages == 0
    assert busy.messages > 20
    assert busy.frames > 0 < idle.frames
