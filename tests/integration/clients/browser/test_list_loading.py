"""The list element as applications load it: late, twice, and in browsers without some of its CSS."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from testing.node import CLIENT
from tests.integration.clients.browser.listing import tell, upload, words

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SET_UP = """async upload => {
  const list = window.list = document.createElement("upload-progress-list");
  const state = {uploads: [upload], connection: {state: "live"}};
  const properties = {
    source: Object.assign(new EventTarget(), state),
    retryable: () => true,
    texts: {retry: "Again"},
    stalledAfterSeconds: 7,
  };
  Object.assign(list, properties);
  document.body.append(list);
  await import("/client/upload-progress-list.js?late");
}"""


async def test_properties_that_were_set_before_the_element_was_defined_count(browser: Browser) -> None:
    async with TestServer(_site(), host="127.0.0.1") as server:
        page = await browser.new_page()
        await page.goto(str(server.make_url("/page")))
        await page.evaluate(SET_UP, upload("film.mp4", status="failed"))
        await page.get_by_role("button", name="Again: film.mp4").wait_for()
        assert await page.evaluate("list.stalledAfterSeconds") == 7
        assert await page.evaluate("Object.hasOwn(list, 'source')") is False
        await page.close()


async def test_a_second_bundle_of_the_list_changes_nothing(page: Page) -> None:
    await tell(page, "film.mp4")
    assert await page.evaluate("import('/client/upload-progress-list.js?second').then(() => 'imported')") == "imported"
    await tell(page, "film.mp4", rev=2, percent=60)
    await page.get_by_text("60%").wait_for()


async def test_an_attribute_in_place_of_the_property_is_named_in_the_console(page: Page) -> None:
    async with page.expect_console_message(lambda message: "source is a property" in message.text):
        await page.evaluate("""() => {
          const list = document.createElement("upload-progress-list");
          list.setAttribute("source", "[object Object]");
          document.body.append(list);
        }""")


async def test_the_phase_and_its_percentage_are_shown_and_read(page: Page) -> None:
    await tell(page, "film.mp4", status="processing", phase="transcoding", phasePercent=40.7, percent=99)
    await page.get_by_text("transcoding 40% · 100 MB").wait_for()
    said = await page.get_by_role("progressbar", name="film.mp4").get_attribute("aria-valuetext")
    assert words(said) == "99%, transcoding 40% · 100 MB"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_without_light_dark_the_bars_are_seen(browser: Browser, scheme: str) -> None:
    async with TestServer(_site(), host="127.0.0.1") as server:
        page = await browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]  # a literal
        await page.goto(str(server.make_url("/page")))
        await page.evaluate(SET_UP.replace("list.js?late", "list-before-light-dark.js"), upload("film.mp4"))
        await page.get_by_role("progressbar", name="film.mp4").wait_for()
        colour = await page.evaluate("getComputedStyle(list.shadowRoot.querySelector('.fill')).backgroundColor")
        assert colour not in ("rgba(0, 0, 0, 0)", "transparent")
        await page.close()


def _site() -> web.Application:
    """Returns a page without the list, its module, and the module as a browser without `light-dark()` reads it."""
    modules = web.Application()
    modules.router.add_get("/upload-progress-list-before-light-dark.js", _before_light_dark)
    modules.router.add_static("/", CLIENT, follow_symlinks=False)
    site = web.Application()
    site.router.add_get("/page", _page)
    site.add_subapp("/client/", modules)
    return site


async def _page(request: web.Request) -> web.Response:
    text = '<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>late</title></html>'
    return web.Response(text=text, content_type="text/html")


async def _before_light_dark(request: web.Request) -> web.Response:
    published = (CLIENT / "upload-progress-list.js").read_text(encoding="utf-8")
    assert "light-dark(" in published
    return web.Response(text=published.replace("light-dark(", "unknown-function("), content_type="text/javascript")
