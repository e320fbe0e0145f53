"""The client on a page whose Content Security Policy forbids its connection, in a real browser."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from testing.chromium import in_chromium
from testing.node import CLIENT

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONNECT = """async () => {
  const {UploadProgress} = await import("/client/upload-progress.js");
  const progress = new UploadProgress({url: "wss://other.example/ws/upload-progress", getToken: () => "token"});
  const reasons = [];
  await new Promise((resolve) => progress.addEventListener("connection", ({detail}) => {
    if (detail.cause) reasons.push(detail.reason);
    if (reasons.length === 3) resolve();
  }));
  progress.close();
  return reasons;
}"""


@in_chromium
async def test_a_connection_that_the_page_forbids_is_named_as_that_and_warned_of_once(browser: Browser) -> None:
    site = web.Application()
    site.router.add_get("/", _page)
    site.router.add_static("/client", CLIENT)
    async with TestServer(site, host="127.0.0.1") as server:
        page = await browser.new_page()
        warnings: list[str] = []
        page.on("console", lambda said: warnings.append(said.text) if said.type == "warning" else None)
        await page.goto(str(server.make_url("/")))
        assert await page.evaluate(CONNECT) == ["csp"] * 3
        assert len([text for text in warnings if text.startswith("upload-progress, csp:")]) == 1
        await page.close()


async def _page(request: web.Request) -> web.Response:
    policy = {"Content-Security-Policy": "default-src 'self'; connect-src 'self'"}
    text = "<!doctype html><title>strict</title>"
    return web.Response(text=text, content_type="text/html", headers=policy)
