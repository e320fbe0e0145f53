"""The inspector in a real browser: what a developer does with it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.integration.local_emulator.inspector.desk import Desk

pytestmark = pytest.mark.browser


async def test_a_frame_is_seen_filtered_and_read_and_time_can_stand_still(desk: Desk) -> None:
    page, running = desk.page, desk.running
    await desk.open()
    ann, bob = await running.connect("/dev?user=ann"), await running.connect("/dev?user=bob")
    await ann.send_str('{"action": "greet", "from": "ann"}')
    await bob.send_str('{"action": "greet", "from": "bob"}')
    await expect(desk.records("in")).to_have_count(2)
    await expect(page.locator(".connection")).to_have_count(2)
    await expect(page.locator(".connection").first.locator(".mark")).to_have_text("unansweredPings 1")
    await expect(page.locator(".connection").first.locator(".bar")).to_contain_text(["idle", "age", "due"])

    await page.keyboard.press("/")
    await page.keyboard.type('"from": "bob"')
    await expect(desk.records("in")).to_have_count(1)
    await desk.records("in").click()
    await expect(desk.details.locator(".json")).to_contain_text('"from": "bob"')

    await page.keyboard.press("x")
    await expect(desk.records("in")).to_have_count(2)
    await page.keyboard.press("p")
    await expect(page.locator("#state")).to_have_text("paused")
    await ann.send_str('{"action": "again"}')
    await ann.receive(timeout=20)
    await ann.receive(timeout=20)
    await page.wait_for_timeout(400)
    await expect(desk.records("in")).to_have_count(2)
    await page.keyboard.press("p")
    await expect(desk.records("in")).to_have_count(3)
    await ann.close()
    await bob.close()


async def test_the_address_leads_another_developer_to_the_same_connection(desk: Desk) -> None:
    running = desk.running
    ann, bob = await running.connect("/dev?user=ann"), await running.connect("/dev?user=bob")
    await desk.open()
    await desk.page.locator(".connection").nth(1).click()
    await expect(desk.details).to_contain_text('"userId": "bob"')
    await expect(desk.records("open")).to_have_count(1)
    address = desk.page.url
    await desk.page.goto("about:blank")
    await desk.page.goto(address)
    await expect(desk.details).to_contain_text('"userId": "bob"')
    await expect(desk.records("open")).to_have_count(1)

    await desk.details.get_by_label("A message to the client").fill("hello bob")
    await desk.details.get_by_role("button", name="Send").click()
    assert (await bob.receive(timeout=20)).data == "hello bob"
    await desk.details.get_by_role("button", name="Close", exact=True).click()
    assert (await bob.receive(timeout=20)).data == 1000
    await ann.close()
    await bob.close()


async def test_j_and_k_go_from_record_to_record(desk: Desk) -> None:
    ann = await desk.running.connect("/dev?user=ann")
    await ann.send_str('{"action": "greet"}')
    await ann.receive(timeout=20)
    await desk.open()
    await expect(desk.records("out")).to_have_count(1)
    chosen = desk.page.locator(".record.chosen .kind")
    await desk.page.keyboard.press("g")
    await desk.page.keyboard.press("j")
    await desk.page.keyboard.press("j")
    await desk.page.keyboard.press("j")
    await expect(chosen).to_have_text("in")
    await desk.page.keyboard.press("k")
    await expect(chosen).to_have_text("open")
    await desk.page.keyboard.press("c")
    await expect(desk.page.locator(".chip")).to_contain_text("connection")
    await desk.page.keyboard.press("Escape")
    await desk.page.keyboard.press("?")
    await expect(desk.page.locator("#help")).to_be_visible()
    await ann.close()


async def test_a_function_is_invoked_from_a_form_and_its_log_read(desk: Desk) -> None:
    page = desk.page
    await desk.open("#invoke?function=Sweep")
    await expect(page.get_by_label("depth")).to_have_value("2")
    await page.get_by_label("depth").fill("3")
    await expect(page.get_by_label("Event")).to_have_value('{\n  "depth": 3\n}')
    await page.get_by_role("button", name="Invoke", exact=True).click()
    await expect(page.locator(".result")).to_contain_text('"swept": 3')
    await expect(page.locator(".result")).to_contain_text("START RequestId")
    await page.keyboard.press("Escape")
    await page.locator("#views").get_by_text("Logs").click()
    await expect(page.locator("article")).to_contain_text(["swept"])


async def test_a_schedule_is_run_and_a_fault_switched_on_and_off(desk: Desk) -> None:
    page = desk.page
    await desk.open("#faults")
    await page.get_by_role("switch", name="function-error").click()
    await expect(page.locator("#counts")).to_contain_text("1 fault on")
    await page.keyboard.press("5")
    await page.get_by_role("button", name="Run now").click()
    await expect(page.locator(".result")).to_contain_text("switched on by a fault")
    await page.keyboard.press("4")
    await expect(page.locator(".fault.on")).to_contain_text("applied 1")
    await page.get_by_role("switch", name="function-error").click()
    await expect(page.locator(".fault.on")).to_have_count(0)
    await page.keyboard.press("5")
    await page.get_by_role("button", name="Run now").click()
    await expect(page.locator(".result")).to_contain_text('"swept": 3')


async def test_a_table_shows_its_rows(desk: Desk) -> None:
    ann = await desk.running.connect("/dev?user=ann")
    await desk.open("#tables?table=Watchers")
    await expect(desk.page.locator(".data tbody tr")).to_have_count(1)
    await desk.page.locator(".data tbody tr").click()
    await expect(desk.page.locator(".json")).to_contain_text('"accessToken": "(hidden)"')
    await ann.close()


async def test_on_a_phone_every_view_has_the_width_of_the_screen(desk: Desk) -> None:
    await desk.page.set_viewport_size({"width": 375, "height": 780})
    connection = await desk.running.connect("/dev?user=ann")
    for view in ("live", "logs", "invoke", "faults", "schedules", "tables"):
        await desk.open(f"#{view}")
        await expect(desk.page.locator("nav a[aria-current]")).to_have_text(view.capitalize())
        await desk.page.wait_for_load_state("networkidle")
        assert await desk.page.evaluate("document.documentElement.scrollWidth") <= 375, view
        last = desk.page.locator("header button").last
        assert (box := await last.bounding_box()) and box["x"] + box["width"] <= 375, view
    await connection.close()


async def test_a_flood_leaves_the_page_with_the_rows_in_sight_alone(desk: Desk) -> None:
    await desk.open("#live?kinds=in,out")
    ann = await desk.running.connect("/dev?user=ann")
    for number in range(1500):
        await ann.send_str(f'{{"n": {number}}}')
        await ann.receive(timeout=20)
    await expect(desk.page.locator(".record").last).to_contain_text('"n": 1499')
    assert await desk.page.locator(".record").count() < 60
    await ann.close()
