"""Starts a browser of this machine: Chromium, or the Firefox that BROWSER_ENGINE names, by WebDriver BiDi."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

ENGINE = os.environ.get("BROWSER_ENGINE", "chromium")
NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "firefox": ("firefox-esr", "firefox"),
}
# For what Playwright does only in Chromium: its DevTools protocol, slow networks, emulated media, logged errors.
in_chromium = pytest.mark.skipif(ENGINE != "chromium", reason="only Chromium does this on demand")
# As root there is no sandbox; everything else keeps the browser from talking to anyone but us.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPTIONS: dict[str, dict[str, Any]] = {"chromium": {"args": FLAGS}, "firefox": {"channel": "moz-firefox"}}


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A running browser; the test is skipped where there is none."""
    path = executable()
    if path is None:
        pytest.skip(f"Playwright finds no {ENGINE} on this machine")
    async with async_playwright() as playwright:
        browser = await getattr(playwright, ENGINE).launch(executable_path=path, **OPTIONS[ENGINE])
        yield browser
        await browser.close()


def executable() -> str | None:
    """The path of the browser, None if it is not installed."""
    return next(filter(None, map(shutil.which, NAMES.get(ENGINE, ()))), None)
