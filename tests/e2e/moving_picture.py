"""Records the README's moving picture from a real upload: `make moving-picture`, which needs Chromium and ffmpeg."""

import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser

from testing.chromium import launched
from tests.e2e.product import ROOT, Product
from tests.e2e.tab import Tab

PICTURE = ROOT / "docs" / "screenshots" / "upload.gif"
MAX_BYTES = 500_000
FRAMES_PER_SECOND = 8
HEIGHT = 500
WIDTHS = (640, 360)  # two devices of the same user
USER = "maya"
FILES = {"holiday.mp4": 3_600_000, "report.pdf": 900_000}
BYTES_PER_SECOND = 700_000
STILL_SECONDS = 2.0
# Each frame is kept as long as the browser showed it; one set of colours serves all frames.
FILTER = (
    f"[0]fps={FRAMES_PER_SECOND}[a];[1]fps={FRAMES_PER_SECOND}[b];[a]pad=iw+6:ih:color=gray[c];"
    "[c][b]hstack,split[x][y];[x]palettegen=max_colors=64[p];[y][p]paletteuse=dither=none:diff_mode=rectangle"
)


class Recording:
    """The frames of several tabs, with the time of each."""

    def __init__(self, folder: Path, tabs: list[Tab]) -> None:
        self._folder, self._tabs = folder, tabs
        self._times: list[float] = []

    async def take_during(self, work: "asyncio.Task[None]") -> None:
        """Takes frames until the work is done, and one after it."""
        while not work.done():
            await self._take()
        await work
        await self._take()

    async def _take(self) -> None:
        number = len(self._times)
        self._times.append(time.monotonic())
        await asyncio.gather(*(one.page.screenshot(path=self._path(at, number)) for at, one in enumerate(self._tabs)))

    def write(self, picture: Path) -> None:
        """Writes the frames of all tabs side by side."""
        inputs = [word for at in range(len(self._tabs)) for word in self._input(at)]
        command = ["ffmpeg", "-loglevel", "error", "-y", *inputs, "-filter_complex", FILTER, str(picture)]
        subprocess.run(command, check=True)

    def _input(self, at: int) -> list[str]:
        """Returns the arguments for the frames of a tab, listed with their durations."""
        ends = [*self._times[1:], self._times[-1] + STILL_SECONDS]
        lines = [
            f"file '{self._path(at, number)}'\nduration {end - began:.3f}"
            for number, (began, end) in enumerate(zip(self._times, ends, strict=True))
        ]
        listing = self._folder / f"{at}.txt"
        listing.write_text("\n".join([*lines, f"file '{self._path(at, len(lines) - 1)}'"]), encoding="utf-8")
        return ["-f", "concat", "-safe", "0", "-i", str(listing)]

    def _path(self, at: int, number: int) -> Path:
        return self._folder / f"{at}-{number:03}.png"


async def opened(product: Product, browser: Browser, width: int) -> Tab:
    context = await browser.new_context(color_scheme="light", viewport={"width": width, "height": HEIGHT})
    tab = Tab(await context.new_page())
    await tab.open(product, USER)
    return tab


async def upload(tabs: list[Tab]) -> None:
    """Uploads the files in the first tab, and waits until every tab shows their ends."""
    for name, size in FILES.items():
        await tabs[0].choose(name, size)
    for tab in tabs:
        for name in FILES:
            await tab.shows(name, "Done")
    await asyncio.sleep(0.7)  # the bars reach their ends


async def record(folder: Path) -> Recording:
    product = Product()
    await product.start()
    try:
        async with launched() as browser:
            tabs = [await opened(product, browser, width) for width in WIDTHS]
            await tabs[0].send_at(BYTES_PER_SECOND)
            recording = Recording(folder, tabs)
            await recording.take_during(asyncio.create_task(upload(tabs)))
            return recording
    finally:
        await product.stop()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(record(Path(folder))).write(PICTURE)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(ROOT)}: {size} bytes")
    assert size < MAX_BYTES


if __name__ == "__main__":
    main()
