"""The example page by itself: signing in, choosing files, and what it says of all of them together."""

import pytest

from tests.e2e.backstage import Backstage
from tests.e2e.product import Product
from tests.e2e.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEGABYTE = 1_000_000


async def test_all_together_are_told_in_a_line_and_in_the_title(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.open(product, "summer")
    speed = {"bytesPerSecond": 2 * MEGABYTE, "etaSeconds": 20}
    for number in (1, 3):
        sizes = {"bytesUploaded": 10 * number * MEGABYTE, "bytesTotal": 50 * MEGABYTE}
        await backstage.push("summer", f"film-{number}", **sizes, **speed)
    await tab.page.get_by_text("2 under way · 4 MB/s · 20 sec left").wait_for()
    assert await tab.page.title() == "40% · Uploads of summer"


async def test_files_dropped_anywhere_are_sent_several_at_once(product: Product, tab: Tab) -> None:
    await tab.open(product, "dropper")
    await tab.page.evaluate(
        """names => {
          const dataTransfer = new DataTransfer();
          for (const name of names) dataTransfer.items.add(new File(["x".repeat(1000)], name));
          for (const type of ["dragenter", "dragover", "drop"]) {
            document.body.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));
          }
        }""",
        ["one.txt", "two.txt", "three.txt"],
    )
    for name in ("one.txt", "two.txt", "three.txt"):
        await tab.reaches(name, 100)
    assert tab.complaints == []


async def test_a_file_that_is_too_large_is_not_sent_and_says_so(product: Product, tab: Tab) -> None:
    await tab.page.add_init_script("Object.defineProperty(File.prototype, 'size', {get: () => 9e9})")
    await tab.open(product, "giant")
    await tab.choose("giant.iso", 1000)
    await tab.page.get_by_text("Larger than 2.1 GB.", exact=True).wait_for()
    assert await tab.page.get_by_role("button", name="Retry: giant.iso").count() == 1


async def test_the_page_fits_320_pixels_right_to_left(product: Product, tab: Tab, backstage: Backstage) -> None:
    await tab.page.set_viewport_size({"width": 320, "height": 640})
    await tab.open(product, "narrow")
    await tab.page.evaluate("document.documentElement.dir = 'rtl'")
    await backstage.push("narrow", "one", fileName=f"{'name-' * 30}.tar.gz", bytesUploaded=40)
    await tab.page.get_by_role("progressbar").wait_for()
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 320
