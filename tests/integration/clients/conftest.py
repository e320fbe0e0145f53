"""Node.js and the tools of the browser client, and a real browser."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from testing.chromium import launched
from testing.node import CLIENT, run
from tests.integration.clients.browser.listing import opened_list

LEAST_NODE = 20


@pytest.fixture(scope="module")
def node() -> str:
    """The path of a Node.js that is new enough."""
    path = shutil.which("node")
    if path is None:
        pytest.skip(f"Node.js is not installed; version {LEAST_NODE} or newer is needed")
    version = run(path, "--version").strip()
    if int(version.removeprefix("v").split(".")[0]) < LEAST_NODE:
        pytest.skip(f"Node.js {version} is too old; version {LEAST_NODE} or newer is needed")
    return path


@pytest.fixture(scope="module")
def packages() -> Path:
    """Where npm has installed the tools of package.json."""
    path = CLIENT / "node_modules"
    if not all((path / tool).is_dir() for tool in ("esbuild", "prettier", "terser", "typescript")):
        pytest.skip("the tools of the browser client are not installed; run `npm ci` in clients/browser")
    return path


@pytest_asyncio.fixture(loop_scope="session", scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own, which several tabs share."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page with an empty list."""
    async with opened_list(browser) as page:
        yield page
