"""A tab in a real browser, and what its user sees and does there."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import CDPSession, FilePayload, Page

from testing.chromium import ENGINE
from tests.e2e.product import ROOT, Product

ARTEFACTS = ROOT / "artefacts"
PATIENCE_MS = 60_000
WATCH = """() => {
  const element = document.querySelector("#connection");
  window.states = [element.dataset.state];
  new MutationObserver(() => states.push(element.dataset.state)).observe(element, {attributeFilter: ["data-state"]});
}"""

SHOW = """visibility => {
  Object.defineProperty(document, "visibilityState", {value: visibility, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Tab:
    """A tab of one user, which remembers what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._network: CDPSession | None = None
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def open(self, product: Product, user: str) -> None:
        await self.go(f"{product.page_url}/?user={user}")
        await self.is_("Live")

    async def is_(self, state: str) -> None:
        """Wait until the page says that its connection is in this state."""
        await self.page.locator("#connection").get_by_text(state, exact=True).wait_for(timeout=PATIENCE_MS)

    async def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until this text is on the page."""
        await self.page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)

    async def go(self, url: str) -> None:
        await self.page.goto(url)

    async def back(self) -> None:
        await self.page.go_back()

    async def reload(self) -> None:
        await self.page.reload()

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Returns the result of a JavaScript function that runs in the page."""
        return await self.page.evaluate(function, argument)

    async def press(self, name: str) -> None:
        """Press the button of this name."""
        await self.page.get_by_role("button", name=name).click()

    async def bars(self) -> int:
        """How many progress bars there are."""
        return await self.page.get_by_role("progressbar").count()

    async def show(self, visibility: str) -> None:
        """Tell the page that it is `hidden` or `visible`: under automation every tab counts as in front."""
        await self.evaluate(SHOW, visibility)

    async def watch_states(self) -> None:
        """Remember the states of the connection from now on."""
        await self.evaluate(WATCH)

    async def states(self) -> list[str]:
        """What the states were since `watch_states`, each as often as it was told."""
        return list(await self.evaluate("() => states"))

    async def choose(self, name: str, size: int) -> None:
        """Choose one file of `size` bytes for upload."""
        file = FilePayload(name=name, mimeType="application/octet-stream", buffer=bytes(size))
        await self.page.set_input_files("#files", file)

    async def send_at(self, bytes_per_second: int) -> None:
        """Let the browser send so fast, or as fast as it can with -1."""
        if ENGINE != "chromium":
            pytest.skip("only Chromium sends slowly on demand")
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        if self._network is None:
            self._network = await self.page.context.new_cdp_session(self.page)
        await self._network.send("Network.emulateNetworkConditions", conditions)

    async def click(self, action: str, name: str) -> None:
        """Click the button that does this to the upload of this file."""
        await self.press(f"{action}: {name}")

    async def shows(self, name: str, text: str) -> None:
        """Wait until the bar of this file says so, in words."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while text not in await self.bar(name, "aria-valuetext"):
                await asyncio.sleep(0.05)

    async def percent(self, name: str) -> int:
        """What the bar of this file shows now; waits for the bar itself."""
        return int(await self.bar(name, "aria-valuenow") or 0)

    async def bar(self, name: str, attribute: str) -> str:
        """An attribute of the bar of this file, empty if it has none; waits for the bar itself."""
        return await self.page.get_by_role("progressbar", name=name).get_attribute(attribute) or ""

    async def reaches(self, name: str, least: int) -> int:
        """Wait until the bar of this file shows at least `least` percent."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while (now := await self.percent(name)) < least:
                await asyncio.sleep(0.05)
        return now

    async def keep(self, name: str, folder: Path = ARTEFACTS) -> None:
        """Keep a screenshot, once the bars have glided to their places."""
        folder.mkdir(parents=True, exist_ok=True)
        await asyncio.sleep(0.5)
        if ENGINE == "chromium":  # Playwright adds a style, and Firefox reports that the page's policy blocks it
            await self.page.screenshot(path=folder / f"{name}.png")
