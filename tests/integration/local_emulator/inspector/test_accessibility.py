"""axe-core on every view of the inspector, light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from playwright.async_api import expect

from testing.axe import violations
from tests.integration.local_emulator.inspector.desk import Desk

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 1440)
MIN_FONT_PX = 12
SMALL_TEXTS = """min => {
  const shown = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility());
  const texts = shown.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const small = texts.filter((one) => parseFloat(getComputedStyle(one).fontSize) < min);
  return small.map((one) => `${one.className}: ${one.textContent}`);
}"""


async def record(desk: Desk) -> None:
    await desk.open()
    await desk.records("in").first.click()


async def connection(desk: Desk) -> None:
    await desk.open()
    await desk.page.locator(".connection").first.click()


async def invoked(desk: Desk) -> None:
    await desk.open("#invoke?function=Sweep")
    await desk.page.get_by_role("button", name="Invoke", exact=True).click()
    await expect(desk.page.locator(".result")).to_contain_text("START RequestId")


async def fault(desk: Desk) -> None:
    await desk.open("#faults")
    await desk.page.get_by_role("switch", name="lost-disconnect").click()
    await expect(desk.page.locator("#counts")).to_contain_text("1 fault on")


async def keys(desk: Desk) -> None:
    await desk.open()
    await desk.page.keyboard.press("?")
    await expect(desk.page.locator("#help")).to_be_visible()


async def paused(desk: Desk) -> None:
    await desk.open()
    await desk.page.keyboard.press("p")
    await expect(desk.page.locator("#state")).to_have_text("paused")


async def row(desk: Desk) -> None:
    await desk.open("#tables?table=Watchers")
    await desk.page.locator(".data tbody tr").click()


def view(name: str) -> Callable[[Desk], Awaitable[None]]:
    async def opened(desk: Desk) -> None:
        await desk.open(f"#{name}")
        await desk.page.wait_for_load_state("networkidle")

    return opened


STATES = {
    **{name: view(name) for name in ("live", "logs", "invoke", "faults", "schedules", "tables")},
    **{"record": record, "connection": connection, "invoked": invoked, "fault": fault},
    **{"row": row, "keys": keys, "paused": paused},
}


async def test_axe_finds_nothing_wrong_with_any_view_and_no_text_is_small(desk: Desk) -> None:
    await desk.open()
    assert await looks(desk, "empty") == []
    ann = await desk.running.connect("/dev?user=ann")
    await ann.send_str('{"action": "greet"}')
    await ann.receive(timeout=20)
    found = []
    for name, reach in STATES.items():
        await reach(desk)
        found += await looks(desk, name)
    assert not found, "\n".join(found)
    await ann.close()


async def looks(desk: Desk, name: str) -> list[str]:
    """What is wrong with the page as it is now, in each colour scheme and width."""
    found = []
    for scheme in SCHEMES:
        for width in WIDTHS:
            await desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await desk.page.set_viewport_size({"width": width, "height": 800})
            wrong = await violations(desk.page) + await desk.page.evaluate(SMALL_TEXTS, MIN_FONT_PX)
            found += [f"{name}, {scheme}, {width}: {one}" for one in wrong]
    return found
