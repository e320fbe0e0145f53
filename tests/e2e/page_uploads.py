"""The README's page with the real tus-js-client and Uppy in Chromium: `make test-node-uploaders`, outside of CI."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route

from testing.node import CLIENT
from testing.running import ROOT, System
from tests.e2e.reporting_page import reporting_page
from tests.e2e.test_journey import Watcher
from tests.e2e.test_reports import SIZE, check_reports, page_port, presigned, s3, system  # noqa: F401

PACKAGES = ROOT / ".venv-node" / "uploaders"
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SERVER = """
import {FileStore} from "@tus/file-store";
import {Server} from "@tus/server";
const directory = process.argv[2];
const server = new Server({path: "/files", datastore: new FileStore({directory})});
const listening = server.listen({host: "127.0.0.1", port: 0}, () => console.log(listening.address().port));
"""
SCRIPT = """
import * as tus from "tus-js-client";
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import XHRUpload from "@uppy/xhr-upload";
Object.assign(globalThis, {tus, Uppy, Tus, XHRUpload});
"""
# Each sends `file` to `url` under `id`, as the README says.
WAYS = {
    "tus-js-client": "recipes.upload(file, url, id).start()",
    "Uppy with Tus": "sendByUppy(Tus, {endpoint: url})",
    "Uppy with XHRUpload": "sendByUppy(XHRUpload, {endpoint: url, method: 'PUT', formData: false, getResponseData})",
}
SEND = """([way, url, id, size]) => {
  const file = new File([new Uint8Array(size)], "film.mp4");
  globalThis.getResponseData = () => ({}); // S3's answer has no body, and Uppy would read JSON
  const sendByUppy = (plugin, options) => {
    const uppy = new Uppy().use(plugin, options);
    recipes.reportFilesOf(uppy);
    uppy.addFile({name: file.name, data: file, meta: {uploadId: id}});
    uppy.upload();
  };
  new Function("file", "url", "id", "sendByUppy", way)(file, url, id, sendByUppy);
}"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script with the clients of npm."""
    bundle = tmp_path_factory.mktemp("packages") / "packages.js"
    command = [CLIENT / "node_modules" / ".bin" / "esbuild", "--bundle", f"--outfile={bundle}", "--log-level=error"]
    subprocess.run(command, input=SCRIPT, cwd=PACKAGES, text=True, check=True)
    return bundle


@pytest.fixture
def tus_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a real tus server."""
    (tmp_path / "server.mjs").write_text(SERVER)
    (tmp_path / "node_modules").symlink_to(PACKAGES / "node_modules")
    (tmp_path / "files").mkdir()
    command = ["node", tmp_path / "server.mjs", tmp_path / "files"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/files"
        server.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def page(system: System, page_port: int, context: BrowserContext, packages: Path) -> AsyncIterator[Page]:  # noqa: F811
    async with reporting_page(context, system, page_port, "yan", packages) as page:
        yield page
        await page.unroute_all()


async def refuse_once(page: Page, url: str) -> list[str]:
    """Answers 503 to the first request with a body; returns the methods of what was refused so far."""
    refused: list[str] = []

    async def answer(route: Route) -> None:
        if route.request.method in ("PUT", "PATCH") and not refused:
            refused.append(route.request.method)
            await route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"})
        else:
            await route.continue_()

    await page.route(f"{url}**", answer)
    return refused


@pytest.mark.parametrize("is_busy", [False, True])
@pytest.mark.parametrize("way", WAYS)
async def test_other_devices_see_the_upload_of_the_readmes_page(
    way: str,
    is_busy: bool,
    page: Page,
    system: System,  # noqa: F811
    s3: Any,  # noqa: F811
    tus_url: str,
) -> None:
    url = presigned(s3, "uploads") if "XHR" in way else tus_url
    upload_id = f"{way} {is_busy}"
    refused = await refuse_once(page, url.split("?")[0]) if is_busy else []
    async with aiohttp.ClientSession() as http:
        phone = await Watcher.open(http, system, "yan")
        await phone.hello()
        await page.evaluate(SEND, [WAYS[way], url, upload_id, SIZE])
        check_reports(await phone.until_ended(), upload_id)
        await phone.close()
    assert len(refused) == is_busy
