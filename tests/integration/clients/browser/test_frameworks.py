"""React and Uppy as applications use them, in a real browser, with a gateway within the page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from testing.node import CLIENT, run

pytestmark = [pytest.mark.browser, pytest.mark.node]

in_a_browser = pytest.mark.asyncio(loop_scope="session")

APPS = CLIENT / "tests" / "frameworks"
HTML = """<!doctype html>
<html lang="en"><title>app</title><div id="root"></div><script src="/bundle/app.js"></script></html>
"""
ON_A_SERVER = """
import {createElement} from "react";
import {renderToString} from "react-dom/server";
import "./upload-progress-list.js";
import {UploadProgress} from "./upload-progress.js";
import {useUpload, useUploads} from "./upload-progress-react.js";
const progress = new UploadProgress({url: "/ws", getToken: () => "t", autoConnect: false});
const App = () => {
  const {uploads, connection} = useUploads(progress);
  return `${connection.state} ${uploads.length} ${useUpload(progress, "film")}`;
};
console.log(renderToString(createElement(App)));
"""


@pytest_asyncio.fixture(loop_scope="session")
async def app(browser: Browser, packages: Path, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page with the application that the test names, bundled by esbuild."""
    bundle = tmp_path / "app.js"
    esbuild = str(packages / ".bin" / "esbuild")
    run(esbuild, str(APPS / request.param), "--bundle", "--jsx=automatic", f"--outfile={bundle}")
    site = web.Application()
    site.router.add_get("/", _page)
    site.router.add_static("/bundle", tmp_path)
    async with TestServer(site, host="127.0.0.1") as server:
        page = await browser.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        await page.goto(str(server.make_url("/")))
        yield page
        await page.close()
    assert [one for one in said if "404" not in one and not one.startswith("[Uppy]")] == []


@in_a_browser
@pytest.mark.parametrize("app", ["react.jsx"], indirect=True)
async def test_hooks_follow_the_uploads_in_strict_mode_and_leave_no_connection(app: Page) -> None:
    await app.get_by_text("live", exact=False).wait_for()
    assert await app.locator("#one").inner_text() == "unknown"
    await app.evaluate("push({uploadId: 'film', fileName: 'film.mp4', status: 'uploading', percent: 40})")
    await app.get_by_text("film.mp4 is uploading").wait_for()
    await app.locator("#all").get_by_text("film.mp4 40").wait_for()
    await app.get_by_role("progressbar", name="film.mp4").wait_for()
    await app.get_by_role("button", name="Retry: film.mp4").wait_for()
    before = await app.evaluate("({...drawn})")
    await app.evaluate("push({uploadId: 'other', fileName: 'other', status: 'uploading'})")
    await app.locator("#all").get_by_text("other 0").wait_for()
    after = await app.evaluate("({...drawn})")
    assert after["all"] > before["all"]
    assert after["one"] == before["one"]
    assert await app.evaluate("connections()") == 1
    await app.evaluate("leave()")
    await app.wait_for_function("connections() === 0")


@in_a_browser
@pytest.mark.parametrize("app", ["react.jsx"], indirect=True)
async def test_a_flood_of_messages_is_drawn_at_most_twenty_times_a_second(app: Page) -> None:
    await app.get_by_text("live", exact=False).wait_for()
    before, began = await app.evaluate("[drawn.all, performance.now()]")
    await app.evaluate("""async () => {
      for (let part = 0; part < 20; part++) {
        for (let one = 0; one < 100; one++)
          push({uploadId: `u${one}`, fileName: `u${one}`, status: "uploading", percent: part});
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }""")
    await app.locator("#all").get_by_text("u0 19").wait_for()
    drawn, ended = await app.evaluate("[drawn.all, performance.now()]")
    # StrictMode draws each time twice.
    assert drawn - before <= 2 * ((ended - began) / 50 + 2)


@in_a_browser
@pytest.mark.parametrize("app", ["react.jsx"], indirect=True)
async def test_a_hook_moves_an_upload_between_two_messages_and_stops(app: Page) -> None:
    await app.get_by_text("live", exact=False).wait_for()
    await app.evaluate("push({uploadId: 'moving', status: 'uploading', bytesUploaded: 50, bytesPerSecond: 2})")
    await app.wait_for_function("[52, 53].includes(Number(document.querySelector('#moving').textContent))")
    await app.locator("#moving").get_by_text("54", exact=True).wait_for()
    await app.wait_for_timeout(500)
    assert await app.locator("#moving").inner_text() == "54"


def test_hooks_render_on_a_server(node: str, packages: Path) -> None:
    said = run(node, "--input-type=module", "--eval", ON_A_SERVER)
    assert said.strip() == "connecting 0 undefined"


@in_a_browser
@pytest.mark.parametrize("app", ["uppy.js"], indirect=True)
async def test_uppy_shows_the_processing_and_its_result(app: Page) -> None:
    await app.evaluate("choose(); uppy.upload(); 0")
    await app.get_by_text("Processing").first.wait_for()
    await app.evaluate("push({uploadId: 'film', status: 'processing', phase: 'transcoding', phasePercent: 40})")
    await app.get_by_text("transcoding").first.wait_for()
    [file] = await app.evaluate("uppy.getFiles().map(({progress}) => progress.postprocess)")
    assert file == {"mode": "determinate", "message": "transcoding", "value": 0.4}
    await app.evaluate("push({uploadId: 'film', status: 'completed', result: {url: '/film'}})")
    await app.wait_for_function("ended.length === 1")
    assert await app.evaluate("ended") == [[[{"url": "/film"}], []]]


@in_a_browser
@pytest.mark.parametrize("app", ["uppy.js"], indirect=True)
async def test_a_failure_is_the_files_error_and_a_retry_waits_for_the_next_attempt(app: Page) -> None:
    await app.evaluate("choose(); uppy.upload(); 0")
    await app.evaluate("push({uploadId: 'film', status: 'failed', error: {message: 'A virus was found.'}})")
    await app.wait_for_function("ended.length === 1")
    assert await app.evaluate("ended[0][1]") == ["A virus was found."]
    await app.evaluate("uppy.retryAll(); 0")
    await app.wait_for_function("uppy.getFiles()[0].progress.postprocess")
    assert await app.evaluate("ended.length") == 1
    await app.evaluate("push({uploadId: 'film', attempt: 2, status: 'completed', result: {url: '/film'}})")
    await app.wait_for_function("ended.length === 2")
    assert await app.evaluate("ended[1]") == [[{"url": "/film"}], []]


@in_a_browser
@pytest.mark.parametrize("app", ["uppy.js"], indirect=True)
async def test_what_was_processed_when_the_page_was_left_is_followed_after_its_restoration(app: Page) -> None:
    await app.evaluate("""() => {
      const id = choose();
      const progress = {...uppy.getFile(id).progress, uploadComplete: true, percentage: 100};
      uppy.setFileState(id, {progress: {...progress, postprocess: {mode: "indeterminate", message: "…"}}});
      uppy.emit("restored", {});
      push({uploadId: "film", status: "completed", result: {url: "/film"}});
    }""")
    await app.wait_for_function("uppy.getFiles()[0].response?.body.result?.url === '/film'")
    assert await app.evaluate("uppy.getFiles()[0].progress.postprocess ?? null") is None


async def _page(request: web.Request) -> web.Response:
    return web.Response(text=HTML, content_type="text/html")
