"""A page with nothing but the list element, fed by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from testing.node import CLIENT

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>list</title>
<script type="module">
  import "./upload-progress-list.js";

  /** What the list needs of an UploadProgress: its uploads, its state, its events. */
  class Source extends EventTarget {
    uploads = [];
    connection = {state: "live"};
    tell(upload) {
      const previous = this.uploads.find(({uploadId}) => uploadId === upload.uploadId);
      this.uploads = [{...previous, ...upload}, ...this.uploads.filter((one) => one !== previous)];
      this.dispatchEvent(new CustomEvent("upload", {detail: {upload: this.uploads[0], previous}}));
      if (!previous) this.dispatchEvent(new CustomEvent("uploads"));
    }
    become(state) {
      this.connection = {state};
      this.dispatchEvent(new CustomEvent("connection"));
    }
  }

  window.source = new Source();
  window.list = document.querySelector("upload-progress-list");
  list.source = source;
</script>
<upload-progress-list></upload-progress-list></html>
"""


@asynccontextmanager
async def opened_list(browser: Browser) -> AsyncIterator[Page]:
    """A page with an empty list; `source.tell(upload)` changes it."""
    modules = web.Application()
    modules.router.add_static("/", CLIENT, follow_symlinks=False)
    served = web.Application()
    served.router.add_get("/page", _html)
    served.add_subapp("/client/", modules)
    async with TestServer(served, host="127.0.0.1") as server:
        page = await browser.new_page()
        await page.goto(str(server.make_url("/page")))
        await page.wait_for_function("window.list && list.source")
        yield page
        await page.close()


async def _html(request: web.Request) -> web.Response:
    return web.Response(text=PAGE.replace("./upload", "/client/upload"), content_type="text/html")


def upload(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "uploadId": name,
        "fileName": name,
        "status": "uploading",
        "bytesUploaded": 25_000_000,
        "bytesTotal": 100_000_000,
        "percent": 25.5,
        "attempt": 1,
        "rev": 1,
        "startedAt": "2030-01-01T00:00:00.000Z",
        "updatedAt": "2030-01-01T00:00:00.000Z",
        **fields,
    }


def words(text: str | None) -> str:
    """A text with plain spaces where no line may break."""
    return (text or "").replace("\u00a0", " ")


async def tell(page: Page, name: str, **fields: Any) -> None:
    await page.evaluate("upload => source.tell(upload)", upload(name, **fields))
