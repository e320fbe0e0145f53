"""The list element for those who do not see it, do not use a mouse, or have another screen than we do."""

from typing import Any, Literal

import pytest
from playwright.async_api import Page

from testing.axe import violations
from testing.chromium import in_chromium
from tests.integration.clients.browser.listing import tell

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STATUSES = ("queued", "uploading", "paused", "processing", "completed", "failed", "canceled")


async def every_status(page: Page) -> None:
    """One row of each status, with every button that may be offered."""
    await page.evaluate("() => { list.cancelable = list.retryable = () => true; }")
    for number, status in enumerate(STATUSES):
        await tell(page, f"{status}.bin", status=status, startedAt=f"2030-01-01T00:00:0{number}.000Z")
    await tell(page, "silent.bin", newsAt=1, startedAt="2030-01-01T00:00:08.000Z")
    await page.get_by_role("progressbar", name="canceled.bin").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["live", "reconnecting"])
async def test_axe_finds_nothing_wrong_with_a_row_of_any_status(
    page: Page, scheme: Literal["light", "dark"], state: str
) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.add_style_tag(content=":root { color-scheme: light dark }")
    await page.evaluate("state => source.become(state)", state)
    await every_status(page)
    found = await violations(page)
    assert [one for one in found if not one.startswith(("landmark-", "page-has-", "region"))] == []


@in_chromium
async def test_the_accessibility_tree_names_each_bar_and_knows_its_value(page: Page) -> None:
    await tell(page, "film.mp4", bytesPerSecond=2_500_000, etaSeconds=30)
    await page.get_by_role("progressbar").wait_for()
    tree = await accessibility_tree(page)
    named = {(role, name) for role, name, _ in tree if role in ("list", "listitem", "progressbar", "status")}
    assert named == {("list", "Uploads"), ("listitem", ""), ("progressbar", "film.mp4"), ("status", "")}
    [bar] = [properties for role, _, properties in tree if role == "progressbar"]
    assert (bar["valuemin"], bar["value"], bar["valuemax"]) == (0, 25, 100)
    [said] = [properties for role, _, properties in tree if role == "status"]
    assert (said["live"], said["atomic"]) == ("polite", True)


async def test_of_many_that_end_together_three_are_named_and_the_rest_counted(page: Page) -> None:
    for number in range(10):
        await tell(page, f"file-{number}")
    for number in range(10):
        await tell(page, f"file-{number}", rev=2, status="completed", percent=100)
    said = page.get_by_role("status")
    await said.get_by_text("Done").wait_for(state="attached")
    assert await said.inner_text() == "file-0: Done. file-1: Done. file-2: Done. and 7 more"


async def test_the_keyboard_reaches_each_button_and_no_row_between_them(page: Page) -> None:
    await page.evaluate("() => { list.cancelable = () => true; }")
    for name in ("one", "two"):
        await tell(page, name)
    await page.get_by_role("button", name="Cancel: two").wait_for()
    reached = []
    for _ in range(2):
        await page.keyboard.press("Tab")
        reached.append(await focused(page))
    assert sorted(reached) == ["Cancel: one", "Cancel: two"]


async def test_focus_stays_with_a_row_that_moves(page: Page) -> None:
    await page.evaluate("() => { list.cancelable = () => true; }")
    for second in (1, 2):
        await tell(page, f"file-{second}", startedAt=f"2030-01-01T00:00:0{second}.000Z")
    await page.get_by_role("button", name="Cancel: file-1").focus()
    await tell(page, "file-1", rev=2, startedAt="2030-01-01T00:00:09.000Z")
    await page.wait_for_function("list.shadowRoot.querySelector('.name')?.textContent === 'file-1'")
    assert await focused(page) == "Cancel: file-1"


async def test_focus_goes_to_the_row_when_its_button_is_no_longer_offered(page: Page) -> None:
    await page.evaluate("() => { list.cancelable = ({status}) => status === 'uploading'; }")
    await tell(page, "film.mp4")
    await page.get_by_role("button", name="Cancel: film.mp4").focus()
    await tell(page, "film.mp4", rev=2, status="canceled")
    await page.get_by_role("button").wait_for(state="detached")
    assert await page.evaluate("list.shadowRoot.activeElement.tagName") == "LI"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 1920])
async def test_from_320_pixels_to_wide_nothing_sticks_out(page: Page, width: int, direction: str) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    await tell(page, "a-file-name-without-an-end-" * 20, message="Unbreakable" * 30)
    await every_status(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@in_chromium
async def test_nothing_moves_for_those_who_asked_for_that(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await tell(page, "film.mp4", percent=None, bytesTotal=None)
    await page.get_by_role("progressbar").wait_for()
    moving = "list.shadowRoot.getAnimations({subtree: true}).length"
    assert await page.evaluate(moving) == 0
    await page.emulate_media(reduced_motion="no-preference")
    assert await page.evaluate(moving) == 1


async def test_bars_are_seen_in_colours_that_the_system_forces(page: Page) -> None:
    await page.emulate_media(forced_colors="active")
    await tell(page, "film.mp4")
    await page.get_by_role("progressbar").wait_for()
    of = "part => getComputedStyle(list.shadowRoot.querySelector(part)).backgroundColor"
    assert await page.evaluate(of, ".fill") != await page.evaluate(of, ".bar")


async def focused(page: Page) -> str:
    """The name of the button that has the focus."""
    return str(await page.evaluate("list.shadowRoot.activeElement?.ariaLabel"))


async def accessibility_tree(page: Page) -> list[tuple[str, str, dict[str, Any]]]:
    """Role, name and properties of what Chromium tells assistive technology."""
    devtools = await page.context.new_cdp_session(page)
    nodes = (await devtools.send("Accessibility.getFullAXTree"))["nodes"]
    return [
        (
            node.get("role", {}).get("value", ""),
            node.get("name", {}).get("value", ""),
            {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
            | {"value": node.get("value", {}).get("value")},
        )
        for node in nodes
        if not node.get("ignored")
    ]
