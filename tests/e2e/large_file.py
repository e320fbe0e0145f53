"""The largest file that the example takes, in a real browser: `make large-file`, outside of CI."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.product import Product
from tests.e2e.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1800)]

MEBIBYTE = 1024 * 1024
FILE_BYTES = 2048 * MEBIBYTE  # of --max-upload-mb, as it is without that option
MAX_GROWTH_BYTES = 100 * MEBIBYTE
SERVER = "examples.upload_server"


@pytest_asyncio.fixture(loop_scope="session")
async def fast_product() -> AsyncIterator[Product]:
    """The product without a limit of bandwidth."""
    product = Product(bandwidth_mb=0)
    await product.start()
    yield product
    await product.stop()


async def watch_memory(product: Product, seen: list[dict[str, int]]) -> None:
    while True:
        seen.append(product.resident_bytes())
        await asyncio.sleep(0.5)


async def test_two_gigabytes_arrive_and_the_memory_of_the_server_stays_flat(
    fast_product: Product, tab: Tab, tmp_path: Path
) -> None:
    film = tmp_path / "film.mov"
    film.touch()
    os.truncate(film, FILE_BYTES)
    await tab.open(fast_product, "large")
    seen: list[dict[str, int]] = [fast_product.resident_bytes()]
    watching = asyncio.create_task(watch_memory(fast_product, seen))
    await tab.page.set_input_files("#files", film)
    percents: list[int] = []
    while "Done" not in (text := await tab.bar("film.mov", "aria-valuetext")):
        assert "Failed" not in text
        percents.append(await tab.percent("film.mov"))
        await asyncio.sleep(0.2)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching

    assert percents == sorted(percents) and len(set(percents)) > 10
    for module in seen[0]:
        largest = max(memory[module] for memory in seen)
        print(f"{module}: {seen[0][module] // MEBIBYTE} MiB before, {largest // MEBIBYTE} MiB at most")
    assert max(memory[SERVER] for memory in seen) - seen[0][SERVER] < MAX_GROWTH_BYTES
    assert tab.complaints == []
