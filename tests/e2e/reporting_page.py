"""A page with the recipes of the README's "Report from a page", in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from playwright.async_api import BrowserContext, Page

from testing.node import CLIENT
from testing.running import System

SECTION = (CLIENT / "README.md").read_text(encoding="utf-8").split("## Report from a page\n")[1].split("\n## ")[0]
RECIPES = "".join(re.findall(r"```js\n(.*?)```", SECTION, re.DOTALL))
IMPORTS = {
    "upload-progress": "/client/upload-progress.js",
    "upload-progress/report": "/client/upload-progress-report.js",
}
HTML = f"""<!doctype html><title>reports</title>
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>
"""


@asynccontextmanager
async def reporting_page(
    context: BrowserContext, system: System, port: int, user: str, packages: Path | None = None
) -> AsyncIterator[Page]:
    """A page at this port whose `recipes` report for the user; with `packages`, their script runs before."""
    client = f"const progress = new UploadProgress({{url: '{system.url}', getToken: () => '{system.token(user)}'}});"
    module = f'import {{UploadProgress}} from "upload-progress";\n{client}\n{RECIPES}\nexport {{progress}};'
    app = web.Application()
    app.router.add_get("/", _answers(HTML, "text/html"))
    app.router.add_get("/recipes.js", _answers(module, "text/javascript"))
    app.router.add_static("/client", CLIENT)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{port}/")
        if packages:
            await page.add_script_tag(path=packages)
        await page.evaluate("async () => { window.recipes = await import('/recipes.js'); }")
        await page.wait_for_function("recipes.progress.connection.state === 'live'")
        yield page
    finally:
        await runner.cleanup()


def _answers(text: str, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type)

    return answer
