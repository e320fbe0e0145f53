"""The pictures of the README: kept as artefacts, or in docs/screenshots/ by `make screenshots`."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from testing.chromium import in_chromium
from tests.e2e.backstage import Backstage
from tests.e2e.product import ROOT, Product
from tests.e2e.tab import ARTEFACTS, Tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    in_chromium,
]

FOLDER = ROOT / os.environ["SCREENSHOTS"] if "SCREENSHOTS" in os.environ else ARTEFACTS
MAX_BYTES = 150_000
BEGAN = int(time.time() * 1000) - 60_000  # revs count from here
USER = "maya"
MEGABYTE = 1_000_000
Scheme = Literal["light", "dark"]

SCENE: list[tuple[str, str, int, int, dict[str, Any]]] = [
    ("Team offsite 2031.zip", "completed", 812, 812, {}),
    ("interview-raw.wav", "failed", 96, 240, {"error": {"code": "no_space", "message": "The archive is full."}}),
    ("Sunrise over Kyoto.mov", "processing", 1480, 1480, {"message": "Looking for viruses"}),
    ("site-backup.tar.gz", "uploading", 3210, 9400, {"bytesPerSecond": 24_600_000, "etaSeconds": 252}),
    ("quarterly-report.pdf", "uploading", 29, 34, {"bytesPerSecond": 3_100_000, "etaSeconds": 2}),
]


@pytest_asyncio.fixture(loop_scope="session")
async def scene(backstage: Backstage) -> AsyncIterator[None]:
    """Uploads in every state, pushed as a pipeline does, in this order."""
    for number, (name, status, done, size, more) in enumerate(SCENE):
        sizes = {"bytesUploaded": done * MEGABYTE, "bytesTotal": size * MEGABYTE}
        await backstage.push(USER, f"scene-{number}", fileName=name, status=status, rev=BEGAN + number, **sizes, **more)
    yield


@pytest.mark.parametrize(
    ("name", "scheme", "width", "height"),
    [("light", "light", 880, 760), ("dark", "dark", 880, 760), ("phone", "light", 375, 780)],
)
async def test_the_page_in_every_state(
    product: Product, browser: Browser, scene: None, name: str, scheme: Scheme, width: int, height: int
) -> None:
    tab = await new_tab(browser, scheme, width, height)
    await tab.open(product, USER)
    await tab.page.get_by_text("Looking for viruses").wait_for()
    assert await tab.page.get_by_role("progressbar").count() == len(SCENE)
    await keep(tab, name)


async def test_the_page_without_a_connection_says_how_old_it_is(
    product: Product, browser: Browser, scene: None
) -> None:
    tab = await new_tab(browser, "dark", 375, 780)
    await tab.open(product, USER)
    await tab.page.get_by_text("Looking for viruses").wait_for()
    await product.stop()
    await tab.page.get_by_text("What you see is").wait_for()
    await keep(tab, "reconnecting")


async def new_tab(browser: Browser, scheme: Scheme, width: int, height: int) -> Tab:
    """A tab of its own; a phone has a finer screen, and no mouse."""
    context = await browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        device_scale_factor=2 if width < 600 else 1.5,
        has_touch=width < 600,
    )
    return Tab(await context.new_page())


async def keep(tab: Tab, name: str) -> None:
    """Keep the picture, and see to it that the README stays light."""
    picture: Path = FOLDER / f"{name}.png"
    await tab.keep(name, FOLDER)
    assert picture.stat().st_size < MAX_BYTES
    await tab.page.context.close()
