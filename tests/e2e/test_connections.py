"""The life of a page's connection, in a real browser: what sweeps and sleep do to it, and what its user sees."""

import asyncio

import pytest
from playwright.async_api import BrowserContext

from tests.e2e.backstage import Backstage
from tests.e2e.product import Product
from tests.e2e.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEGABYTE = 1_000_000


async def test_a_page_that_slept_two_minutes_finds_its_connection_dead_and_catches_up(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.page.clock.install()
    await tab.open(product, "sleeper")
    await backstage.lose("sleeper")
    await backstage.push("sleeper", "meanwhile", fileName="meanwhile.bin", bytesUploaded=60)
    await tab.page.clock.fast_forward("02:00")
    await tab.page.clock.fast_forward("00:11")
    await tab.is_("Live")
    assert await tab.percent("meanwhile.bin") == 60
    assert tab.complaints == []


async def test_a_token_is_refreshed_before_it_expires_and_nobody_notices(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.open(product, "refresher")
    before = await backstage.row("refresher")
    await tab.watch_states()
    await backstage.expire(before, 100)
    await backstage.sweep()
    async with asyncio.timeout(20):
        while (now := await backstage.row("refresher"))["tokenExpiresAt"] < before["tokenExpiresAt"]:
            await asyncio.sleep(0.05)
    assert now["connectionId"] == before["connectionId"]
    assert await tab.states() == ["live"]


async def test_a_token_that_has_expired_is_replaced_with_the_connection(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.open(product, "expired")
    before = await backstage.row("expired")
    await tab.watch_states()
    await backstage.expire(before, -1)
    await backstage.push("expired", "unseen", fileName="unseen.bin", bytesUploaded=30)
    await backstage.sweep()
    assert await tab.percent("unseen.bin") == 30
    await tab.is_("Live")
    assert (await backstage.row("expired"))["connectionId"] != before["connectionId"]
    assert "reconnecting" in await tab.states()


async def test_a_connection_of_great_age_is_replaced_without_a_gap(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.page.add_init_script("Math.random = () => 0.003")
    await tab.open(product, "old")
    old = await backstage.row("old")
    await tab.choose("long.bin", 5 * MEGABYTE)
    await tab.reaches("long.bin", 1)
    await tab.watch_states()
    await backstage.pass_time(old, 6700, "connectedAt")
    await backstage.sweep()
    async with asyncio.timeout(20):
        while any(row["connectionId"] == old["connectionId"] for row in await backstage.rows("old")):
            await asyncio.sleep(0.05)
    await tab.reaches("long.bin", 100)
    assert set(await tab.states()) == {"live"}
    await backstage.row("old")


async def test_a_hidden_tab_is_closed_as_idle_and_comes_back_with_what_it_missed(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.open(product, "hidden")
    await tab.show("hidden")
    await backstage.pass_time(await backstage.row("hidden"), 400, "lastActiveAt")
    await backstage.sweep()
    await backstage.pass_time(await backstage.row("hidden"), 61, "warnedAt.idle")
    await backstage.sweep()
    await tab.is_("Not connected")
    await backstage.push("hidden", "missed", fileName="missed.bin", bytesUploaded=80)
    await tab.show("visible")
    await tab.is_("Live")
    assert await tab.percent("missed.bin") == 80


async def test_ten_tabs_of_one_user_all_see_it(product: Product, context: BrowserContext) -> None:
    tabs = [Tab(await context.new_page()) for _ in range(10)]
    await asyncio.gather(*(tab.open(product, "ten") for tab in tabs))
    await tabs[0].choose("shared.bin", 2 * MEGABYTE)
    await asyncio.gather(*(tab.reaches("shared.bin", 100) for tab in tabs))
    assert [tab.complaints for tab in tabs] == [[]] * 10
