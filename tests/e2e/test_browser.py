"""A real browser watches real uploads."""

import asyncio
import re
import time
from datetime import UTC, datetime

import aiohttp
import pytest

from tests.e2e.product import Product
from tests.e2e.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEGABYTE = 1_000_000


async def test_an_upload_reaches_100_in_two_tabs_of_its_user_and_is_not_seen_by_another(
    product: Product, tabs: list[Tab]
) -> None:
    first, second, other = tabs
    await asyncio.gather(first.open(product, "alice"), second.open(product, "alice"), other.open(product, "bob"))
    await first.choose("holiday.mp4", 5 * MEGABYTE)
    assert 0 < await second.reaches("holiday.mp4", 1) < 100
    await second.keep("second-tab")
    await asyncio.gather(first.reaches("holiday.mp4", 100), second.reaches("holiday.mp4", 100))
    await first.keep("completed")
    await other.says("Nothing here yet")
    assert await other.bars() == 0
    assert [tab.complaints for tab in tabs] == [[], [], []]


async def test_a_reload_in_the_middle_shows_the_bar_at_once_and_it_goes_on(product: Product, tab: Tab) -> None:
    await tab.open(product, "reloader")
    await tab.choose("backup.tar", 6 * MEGABYTE)
    before = await tab.reaches("backup.tar", 10)
    await tab.reload()
    again = await tab.percent("backup.tar")
    assert before <= again < 100
    await tab.keep("reloaded")
    await tab.reaches("backup.tar", 100)
    assert tab.complaints == []


async def test_uploads_at_once_are_called_off_and_tried_again_by_themselves(product: Product, tab: Tab) -> None:
    await tab.open(product, "canceler")
    await tab.choose("one.bin", 2 * MEGABYTE)
    await tab.choose("two.bin", 8 * MEGABYTE)
    await tab.reaches("two.bin", 1)
    await tab.click("Cancel", "two.bin")
    await tab.shows("two.bin", "Canceled")
    await tab.click("Retry", "two.bin")
    await tab.shows("two.bin", "%")
    await tab.reaches("one.bin", 100)
    await tab.reaches("two.bin", 1)
    assert tab.complaints == []


async def test_a_cancel_while_the_file_is_being_sent_stops_it_and_a_retry_completes(product: Product, tab: Tab) -> None:
    await tab.open(product, "hasty")
    await tab.send_at(MEGABYTE // 4)
    async with tab.page.expect_event("requestfailed", lambda one: one.method == "PUT"):
        await tab.choose("film.bin", 3 * MEGABYTE)
        await tab.click("Cancel", "film.bin")
    await tab.page.get_by_role("button", name="Retry: film.bin").wait_for()
    await tab.send_at(-1)
    await tab.click("Retry", "film.bin")
    await tab.shows("film.bin", "Done")
    assert [said for said in tab.complaints if "ERR_ABORTED" not in said] == []


async def test_a_cancel_in_another_tab_stops_what_this_tab_sends(product: Product, tabs: list[Tab]) -> None:
    sender, other, _ = tabs
    await asyncio.gather(sender.open(product, "two-tabs"), other.open(product, "two-tabs"))
    await sender.send_at(MEGABYTE // 4)
    async with sender.page.expect_event("requestfailed", lambda one: one.method == "PUT"):
        await sender.choose("film.bin", 3 * MEGABYTE)
        await other.click("Cancel", "film.bin")
    await sender.page.get_by_role("button", name="Retry: film.bin").wait_for()
    assert await sender.page.get_by_text("could not be").count() == 0


async def test_any_of_many_files_can_be_canceled_while_they_are_sent(product: Product, tab: Tab) -> None:
    await tab.open(product, "many")
    await tab.send_at(MEGABYTE // 4)
    for number in range(7):
        await tab.choose(f"file-{number}.bin", 3 * MEGABYTE)
    for number in (6, 0):  # one that waits in the page, and one that is being sent
        await tab.click("Cancel", f"file-{number}.bin")
        await tab.page.get_by_role("button", name=f"Retry: file-{number}.bin").wait_for()
    await tab.send_at(-1)
    for number in (6, 0):
        await tab.click("Retry", f"file-{number}.bin")
    for number in range(7):
        await tab.shows(f"file-{number}.bin", "Done")


async def test_the_bar_shows_the_bytes_that_leave_the_browser(product: Product, tabs: list[Tab]) -> None:
    sender, other, _ = tabs
    await asyncio.gather(sender.open(product, "uplink"), other.open(product, "uplink"))
    await sender.send_at(MEGABYTE // 2)
    await sender.choose("film.bin", 2 * MEGABYTE)
    assert 0 < await sender.reaches("film.bin", 10) < 99
    assert await other.reaches("film.bin", 10) > 0
    await sender.send_at(-1)
    await sender.shows("film.bin", "Done")


async def test_a_new_tab_stays_signed_in_until_the_user_signs_out(product: Product, tabs: list[Tab]) -> None:
    first, second, third = tabs
    await first.open(product, "stayer")
    await second.go(product.page_url)
    await second.is_("Live")
    await second.says("stayer")
    await second.press("Sign out")
    await third.go(product.page_url)
    await third.says("See every upload, live")


async def test_empty_files_and_odd_names_arrive(product: Product, tab: Tab) -> None:
    await tab.open(product, "odd")
    narrow, emoji, turned = "Screenshot at 1.00\u202fPM.png", "👩\u200d💻 日本.txt", "photo\u202egnp.exe"
    for name, size in ((narrow, 0), (emoji, 1), (turned, 1000)):
        await tab.choose(name, size)
        await tab.shows(name.replace("\u202e", "\ufffd"), "Done")
    assert tab.complaints == []


async def test_the_page_fits_a_phone_in_the_dark(product: Product, tab: Tab) -> None:
    await tab.page.emulate_media(color_scheme="dark")
    await tab.page.set_viewport_size({"width": 320, "height": 640})
    await tab.open(product, "a-user-with-a-rather-long-name@example.com")
    name = f"{'a-file-name-without-an-end-' * 8}.tar.gz"
    await tab.choose(name, 6 * MEGABYTE)
    await tab.reaches(name, 20)
    await tab.keep("phone-dark")
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_restart_of_everything_is_survived_without_a_hand(product: Product, tab: Tab) -> None:
    await tab.open(product, "restarted")
    await tab.choose("lost.bin", 8 * MEGABYTE)
    await tab.reaches("lost.bin", 5)
    await product.stop()
    await tab.is_("Reconnecting…")
    await tab.says("What you see is")
    await tab.keep("reconnecting")
    await product.start()
    await tab.is_("Live")
    await tab.choose("found.bin", MEGABYTE)
    await tab.reaches("found.bin", 100)


async def test_an_upload_is_followed_on_after_the_network_was_away(product: Product, tab: Tab) -> None:
    await tab.open(product, "offline")
    await tab.choose("long.bin", 6 * MEGABYTE)
    await tab.reaches("long.bin", 5)
    await tab.page.context.set_offline(True)
    await asyncio.sleep(1)
    await tab.page.context.set_offline(False)
    await tab.reaches("long.bin", 100)
    await tab.is_("Live")


async def test_a_page_that_was_left_and_come_back_to_is_live_again(product: Product, tab: Tab) -> None:
    await tab.open(product, "leaver")
    await tab.go("about:blank")
    await tab.back()
    await tab.is_("Live")
    assert tab.complaints == []


async def test_a_file_that_does_not_get_there_says_so_and_can_be_tried_again(product: Product, tab: Tab) -> None:
    await tab.open(product, "failing")
    await tab.page.route("**/uploads/*", lambda route: route.abort())
    await tab.choose("notes.txt", 1000)
    await tab.page.get_by_text("The server could not be reached.", exact=True).wait_for()
    await tab.page.unroute("**/uploads/*")
    await tab.keep("failed")
    await tab.page.get_by_role("button", name="Retry: notes.txt").click()
    await tab.reaches("notes.txt", 100)


async def test_an_upload_whose_pipeline_was_killed_is_called_stalled_by_list_and_page(
    product: Product, tab: Tab
) -> None:
    await tab.open(product, "orphan")
    hours_ago = int((time.time() - 6 * 3600) * 1000)
    pace = {"bytesUploaded": 57, "bytesTotal": 100, "bytesPerSecond": 2_000_000, "etaSeconds": 22}
    film = {"userId": "orphan", "uploadId": "film", "status": "uploading", "rev": hours_ago, **pace}
    updated_at = datetime.fromtimestamp(hours_ago / 1000, UTC).isoformat().replace("+00:00", "Z")
    updates = [film | {"updatedAt": updated_at}, film | {"uploadId": "other", "rev": int(time.time() * 1000)}]
    async with aiohttp.ClientSession() as http:
        push = f"http://localhost:{product.port}/2015-03-31/functions/PushFunction/invocations"
        async with http.post(push, json={"updates": updates}) as answer:
            assert answer.status == 200
    await tab.says("Stalled · 57 byte of 100 byte · no news for 6 hr")
    await tab.says(re.compile(r"^2 under way( · 2 MB/s.*)? · 1 stalled$"))  # the time passes
    assert tab.complaints == []
