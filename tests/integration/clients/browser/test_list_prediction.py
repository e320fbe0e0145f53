"""The bars of the list between two messages, in a real browser."""

from typing import Any

import pytest
from playwright.async_api import Page

from testing.chromium import in_chromium
from tests.integration.clients.browser.listing import upload, words

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WELCOME = {
    "maxPredictionPercent": 10,
    "predictionSeconds": 2,
    "latePredictionSeconds": 4,
    "latePredictionAfterSeconds": 120,
}
# Records the place of the bar in each frame, in percent, and the changes of its values for assistive technology.
WATCH = """() => {
  const bar = list.shadowRoot.querySelector(".bar");
  const fill = bar.firstElementChild;
  window.places = [];
  window.values = 0;
  new MutationObserver((changes) => { values += changes.length; }).observe(bar, {attributes: true});
  requestAnimationFrame(function watch() {
    places.push(100 * (fill.getBoundingClientRect().right - bar.getBoundingClientRect().left) / bar.offsetWidth);
    requestAnimationFrame(watch);
  });
}"""


async def test_a_bar_moves_between_two_messages_and_stops_after_one_interval(page: Page) -> None:
    await told(page, bytesPerSecond=3_000_000, etaSeconds=25)
    await page.get_by_role("progressbar").wait_for()
    await page.evaluate(WATCH)
    await shows(page, 31)
    await page.wait_for_timeout(600)
    places = await page.evaluate("places")
    assert places == sorted(places)
    assert len({round(place, 1) for place in places}) > 30  # in small steps, not one for each drawing
    assert places[-1] == pytest.approx(31, abs=0.1)
    await page.evaluate("places.length = 0")
    await page.get_by_text("no news for 3 sec").wait_for()
    assert {round(place, 1) for place in await page.evaluate("places")} == {31}
    assert words(await page.locator(".facts").inner_text()) == "25 MB of 100 MB · no news for 3 sec"


async def test_a_bar_waits_for_a_count_that_is_behind_it(page: Page) -> None:
    await told(page, bytesPerSecond=3_000_000)
    await page.get_by_role("progressbar").wait_for()
    await page.evaluate(WATCH)
    await shows(page, 28)
    for rev, count, status in ((2, 26, "uploading"), (3, 20, "uploading"), (4, 27, "paused"), (5, 27, "failed")):
        await told(page, rev=rev, bytesUploaded=count * 1_000_000, status=status, bytesPerSecond=100_000)
        await page.wait_for_timeout(300)
    places = await page.evaluate("places")
    assert places == sorted(places)
    assert places[-1] < 31


async def test_a_server_without_limits_and_a_lost_connection_move_no_bar(page: Page) -> None:
    news = "upload => source.tell({...upload, newsAt: Date.now()})"
    await page.evaluate(news, upload("film.mp4", bytesPerSecond=10_000_000))
    await page.get_by_role("progressbar").wait_for()
    await page.evaluate(WATCH)
    await page.wait_for_timeout(600)
    await page.evaluate("source.become('reconnecting')")
    await told(page, rev=2, bytesPerSecond=10_000_000)
    await page.wait_for_timeout(600)
    assert {round(place, 1) for place in await page.evaluate("places")} == {25.5}


async def test_the_values_for_assistive_technology_change_once_a_second(page: Page) -> None:
    await told(page, bytesPerSecond=4_000_000, etaSeconds=18)
    await page.get_by_role("progressbar").wait_for()
    await page.evaluate(WATCH)
    await shows(page, 33)
    # Two attributes change, at most three times.
    assert 2 <= await page.evaluate("values") <= 6
    await told(page, rev=2, status="paused", bytesUploaded=33_000_000)
    await page.get_by_text("Paused").wait_for()
    assert "Paused" in (await page.get_by_role("progressbar").get_attribute("aria-valuetext") or "")


@in_chromium
async def test_with_reduced_motion_a_bar_moves_without_animation(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await told(page, bytesPerSecond=4_000_000)
    await page.get_by_role("progressbar").wait_for()
    await page.evaluate(WATCH)
    await shows(page, 33)
    places = await page.evaluate("places")
    assert len({round(place, 1) for place in places}) <= 12  # one for each drawing


async def test_nothing_is_drawn_once_no_bar_moves(page: Page) -> None:
    await page.add_init_script("""
      const request = window.requestAnimationFrame;
      window.frames = 0;
      window.requestAnimationFrame = (run) => { frames++; return request(run); };
    """)
    await page.reload()
    await page.wait_for_function("window.list && list.source")
    await told(page, bytesPerSecond=4_000_000)
    await shows(page, 33)
    await told(page, rev=2, status="paused", bytesUploaded=33_000_000)
    await page.get_by_text("Paused").wait_for()
    await page.wait_for_timeout(1000)
    drawn = await page.evaluate("frames")
    assert drawn > 0
    await page.wait_for_timeout(1000)
    assert await page.evaluate("frames") == drawn


async def shows(page: Page, percent: int) -> None:
    """Waits until the row shows the percent."""
    shown = "percent => parseInt(list.shadowRoot.querySelector('.percent')?.textContent) >= percent"
    await page.wait_for_function(shown, arg=percent)


async def told(page: Page, **fields: Any) -> None:
    """Shows an upload whose news has just arrived, from a server that allows prediction."""
    await page.evaluate(
        """([upload, welcome]) => {
          source.welcome = welcome;
          window.began = Date.now();
          source.tell({...upload, newsAt: began});
        }""",
        [upload("film.mp4", **fields), WELCOME],
    )
