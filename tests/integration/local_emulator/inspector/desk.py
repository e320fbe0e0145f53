"""The inspector, open in a real browser."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.integration.local_emulator.conftest import Running

expect.set_options(timeout=30_000)  # of one expectation, on a machine that has much to do


class Desk:
    """An open inspector, which remembers what the browser complained of."""

    def __init__(self, page: Page, running: Running) -> None:
        self.page = page
        self.running = running
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def open(self, place: str = "") -> None:
        await self.page.goto(f"{self.running.base}/_emulator/{place}")
        await expect(self.page.locator("#state")).to_have_text("live")

    def records(self, kind: str) -> Locator:
        return self.page.locator(".record", has=self.page.locator(f".kind.{kind}"))

    @property
    def details(self) -> Locator:
        return self.page.locator(".details")
