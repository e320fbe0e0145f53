"""The README's examples, installed, bundled and run in a real browser: `make frameworks` installs what they need."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import BrowserContext, ConsoleMessage, Page

from testing.node import CLIENT, run
from testing.readme_examples import examples, get_token
from tests.integration.clients.browser.sharing import Site

HERE = CLIENT / "tests" / "applications"
BUILT = CLIENT.parents[1] / "artefacts" / "applications"
SHARED = """import {getToken, session} from "./session.js";
%s
window.progress = progress;
export {progress};
"""
LIST = """import {progress} from "./progress.js";
%s"""
SESSION = """export const session = {userId: "alice"};
export {getToken} from "./token.js";
"""
CLIENT_ONLY = "%s\nwindow.progress = progress;\n"

in_a_browser = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def applications() -> Path:
    """The folder of the applications, with the examples of the README as their modules."""
    [client, *others], [react], [page] = examples("js"), examples("jsx"), examples("html")
    [shared] = [one for one in others if "upload-progress/shared" in one]
    module = re.search(r"<script type=\"module\">\n(.*?)</script>", page, re.DOTALL)
    assert module
    files = {
        "vite/App.vue": examples("vue")[0],
        "vite/App.svelte": examples("svelte")[0],
        "vite/progress.js": SHARED % shared,
        "webpack/progress.js": SHARED % shared,
        "webpack/list.js": LIST % module[1],
        "esbuild/progress.js": CLIENT_ONLY % client.replace("wss://example.com", ""),
        "esbuild/uploads.jsx": f"{react}\nexport {{Uploads}};",
        "next/app/uploads.jsx": f"{react}\nexport {{Uploads}};",
    }
    for name in ("vite", "webpack", "esbuild", "next"):
        shutil.rmtree(BUILT / name, ignore_errors=True)
        shutil.copytree(HERE / name, BUILT / name)
        files[f"{name}/token.js"] = f"export {get_token()}"
        files[f"{name}/session.js"] = SESSION
    for path, text in files.items():
        (BUILT / path).write_text(text, encoding="utf-8")
    return BUILT


@dataclass(slots=True)
class Visit:
    """Tabs of one site, and what their consoles say."""

    site: Site
    context: BrowserContext
    said: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda message: self._note(message))
        await page.goto(self.site.origin + path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # The site does not forward the WebSocket by which Vite replaces modules.
        is_of_vite = "[vite]" in message.text or "/@vite/client" in message.location["url"]
        if message.type in ("warning", "error") and not is_of_vite:
            self.said.append(message.text)


@contextlib.asynccontextmanager
async def visiting(context: BrowserContext, *routes: web.AbstractRouteDef) -> AsyncIterator[Visit]:
    """A visit of a site with these routes, whose pages must say nothing on their consoles."""
    async with Site.started(*routes) as site:
        visit = Visit(site, context)
        try:
            yield visit
        finally:
            for page in context.pages:
                await page.close()
        assert visit.said == []


@in_a_browser
@pytest.mark.parametrize(("framework", "mode"), [("vue", "build"), ("svelte", "build"), ("vue", "dev")])
async def test_vue_and_svelte_with_vite(applications: Path, context: BrowserContext, framework: str, mode: str) -> None:
    async with vite(applications / "vite", mode) as route, visiting(context, route) as visit:
        tabs = [await visit.open(f"{framework}.html") for _ in range(2)]
        await follow(visit.site, tabs)
        assert len(visit.site.open) == 1


@in_a_browser
async def test_the_list_and_a_shared_connection_with_webpack(applications: Path, context: BrowserContext) -> None:
    run("npx", "webpack", cwd=applications / "webpack")
    async with visiting(context, web.static("/", applications / "webpack")) as visit:
        tabs = [await visit.open("index.html") for _ in range(2)]
        for tab in tabs:
            await tab.wait_for_function("progress.connection.state === 'live'")
        await visit.site.push("alice", "film", fileName="film.mp4", percent=40)
        for tab in tabs:
            await tab.get_by_role("progressbar", name="film.mp4").wait_for()
        assert len(visit.site.open) == 1


@in_a_browser
async def test_the_client_and_react_with_esbuild(applications: Path, context: BrowserContext) -> None:
    folder = applications / "esbuild"
    run("npx", "esbuild", "main.jsx", "--bundle", "--format=esm", "--jsx=automatic", "--outdir=dist", cwd=folder)
    async with visiting(context, web.static("/", folder)) as visit:
        tab = await visit.open("index.html")
        await follow(visit.site, [tab])
        await tab.wait_for_function("progress.uploads.length === 1")


@in_a_browser
async def test_a_worker_that_is_copied_beside_the_bundle_of_esbuild(
    applications: Path, context: BrowserContext
) -> None:
    folder = applications / "esbuild"
    (folder / "shared.js").write_text((applications / "webpack" / "progress.js").read_text(encoding="utf-8"))
    entries = ("shared.js", "upload-progress-worker=upload-progress/worker")
    run("npx", "esbuild", *entries, "--bundle", "--format=esm", "--outdir=shared", cwd=folder)
    async with visiting(context, web.static("/", folder)) as visit:
        tabs = [await visit.open("shared.html") for _ in range(2)]
        for tab in tabs:
            await tab.wait_for_function("progress.connection.state === 'live'")
        assert len(visit.site.open) == 1


@in_a_browser
@pytest.mark.parametrize("bundler", ["turbopack", "webpack"])
async def test_next_renders_on_the_server_and_hydrates(
    applications: Path, context: BrowserContext, bundler: str
) -> None:
    folder = applications / "next"
    run("npx", "next", "build", f"--{bundler}", cwd=folder)
    async with (
        server("npx", "next", "start", "--port", "0", cwd=folder) as route,
        visiting(context, route) as visit,
        ClientSession() as http,
    ):
        for path in ("", "shared"):
            text = await (await http.get(visit.site.origin + path)).text()
            assert re.search(r"<p>connecting(<!-- -->)?: (<!-- -->)?0(<!-- -->)? uploads</p>", text)
        await follow(visit.site, [await visit.open("")])
        tabs = [await visit.open("shared") for _ in range(2)]
        for tab in tabs:
            await tab.get_by_role("progressbar", name="film.mp4").wait_for()
        assert len(visit.site.open) == 2


async def follow(site: Site, tabs: list[Page]) -> None:
    """The text of each tab follows the connection and the uploads."""
    for tab in tabs:
        await tab.get_by_text("live: 0 uploads").wait_for()
    await site.push("alice", "film", fileName="film.mp4", percent=40)
    for tab in tabs:
        await tab.get_by_text("live: 1 uploads").wait_for()


@contextlib.asynccontextmanager
async def vite(folder: Path, mode: str) -> AsyncIterator[web.AbstractRouteDef]:
    if mode == "dev":
        async with server("npx", "vite", "--port", "0", "--force", cwd=folder) as route:
            yield route
    else:
        run("npx", "vite", "build", "--logLevel", "warn", cwd=folder)
        yield web.static("/", folder / "dist")


@contextlib.asynccontextmanager
async def server(*command: str, cwd: Path) -> AsyncIterator[web.AbstractRouteDef]:
    """Starts the server of a framework, and returns a route that leads to it."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    try:
        origin = await asyncio.wait_for(_origin(process), 60)
        async with ClientSession() as http:

            async def forward(request: web.Request) -> web.Response:
                async with http.get(origin + request.path_qs, headers={"Accept": "*/*"}) as answer:
                    kind = answer.headers.get("Content-Type", "text/plain")
                    return web.Response(body=await answer.read(), status=answer.status, headers={"Content-Type": kind})

            yield web.get("/{path:.*}", forward)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _origin(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    said = ""
    async for line in process.stdout:
        said += line.decode()
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+", re.sub(r"\x1b\[[0-9;]*m", "", said)):
            return found[0]
    raise AssertionError(said)
