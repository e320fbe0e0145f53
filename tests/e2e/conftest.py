"""The whole product in real processes, and a real browser in front of it; started once for all tests."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from testing.chromium import ENGINE, launched
from tests.e2e.backstage import Backstage
from tests.e2e.product import Product
from tests.e2e.tab import Tab


@pytest_asyncio.fixture(loop_scope="session", scope="package")
async def started_product() -> AsyncIterator[Product]:
    product = Product()
    try:
        await product.start()
        yield product
    finally:
        await product.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def product(started_product: Product) -> Product:
    """The product, running; every test has users of its own."""
    if not started_product.is_running:
        await started_product.start()
    return started_product


@pytest_asyncio.fixture(loop_scope="session", scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile of its own."""
    context = await browser.new_context(viewport={"width": 960, "height": 720})
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(context: BrowserContext) -> Tab:
    return Tab(await context.new_page())


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(context: BrowserContext) -> list[Tab]:
    """Three tabs of one browser."""
    return [Tab(await context.new_page()) for _ in range(3)]


@pytest_asyncio.fixture(loop_scope="session")
async def backstage(product: Product) -> AsyncIterator[Backstage]:
    async with aiohttp.ClientSession() as http:
        yield Backstage(product, http)


if ENGINE == "webkit":
    from tests.e2e.webdriver_tab import context, driver, tab, tabs  # noqa: F401
