"""Finds and starts a browser: the Chromium of this machine, or the engine that BROWSER_ENGINE names.

`BROWSER_ENGINE=firefox python -m testing.chromium` ends with 0 if that engine is installed.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

ENGINE = os.environ.get("BROWSER_ENGINE", "chromium")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
INSTALL = {"chromium": "on Debian: apt-get install chromium"}


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A running browser; the test is skipped where there is none."""
    async with async_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            pytest.skip(missing())
        flags = FLAGS if ENGINE == "chromium" else []
        browser = await getattr(playwright, ENGINE).launch(executable_path=path, args=flags)
        yield browser
        await browser.close()


def executable(playwright: Playwright) -> str | None:
    """The machine's Chromium, or Playwright's own build of another engine; None if it is not installed."""
    if ENGINE == "chromium":
        return next(filter(None, map(shutil.which, NAMES)), None)
    path: str = getattr(playwright, ENGINE).executable_path
    return path if Path(path).exists() else None


def missing() -> str:
    return f"{ENGINE} is not installed; {INSTALL.get(ENGINE, f'playwright install {ENGINE}')}"


async def is_installed() -> bool:
    async with async_playwright() as playwright:
        return executable(playwright) is not None


if __name__ == "__main__":
    if not asyncio.run(is_installed()):
        sys.exit(missing())
    print(f"{ENGINE}:")
