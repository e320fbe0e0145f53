"""`make benchmark-page`: the frames that a page draws while 2 000 messages a second come for its 200 uploads.

One visible tab of Chromium with the list element. Windows with and without messages alternate on the same page, and so
do two without: what those differ by is noise. Frames are counted by requestAnimationFrame. The time of the main thread
is compared with that of the client of an earlier commit, on a page of its own. Needs Chromium and the commit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, CDPSession, Page

from benchmarks.clients.page_stub import MODULES
from benchmarks.harness import processes
from benchmarks.harness.report import Report, benchmark_parser, machine
from benchmarks.prediction.former import COMMIT, former_folder
from testing.chromium import launched
from testing.running import free_port

FRAMES_GOAL = 0.95
MAIN_THREAD_GOAL = 0.5
SETTLE_SECONDS = 0.5
MIN_ARRIVED = 0.9
MIN_ARRIVED_SHARE = 0.5  # the processor time is that for each message, so fewer will do
# Each message has the next rev. A worker leaves out messages, but never the latest.
LATEST_REV = "Math.max(...progress.uploads.map(({rev}) => rev))"


@dataclass(frozen=True)
class Window:
    """What the page did in a window: frames drawn and messages taken, per second."""

    frames: float
    messages: float


class TooSlowError(Exception):
    """The stub could not send, or the page not take, what was to be measured."""


def main() -> int:
    parser = benchmark_parser("benchmarks.clients.page", __doc__)
    parser.add_argument("--rounds", type=int, default=9, help="pairs of windows of each kind")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a window")
    parser.add_argument("--messages", type=int, default=2000, help="per second")
    parser.add_argument("--uploads", type=int, default=200)
    given = parser.parse_args()
    head = ("a page per second", "this product", "compared with", "ratio", "goal")
    report = Report(head, f"{machine()}; medians of {given.rounds} pairs of {given.seconds:g} s")
    asyncio.run(measure(given, report))
    if given.write:
        report.write("page")
    return 0


async def measure(given: argparse.Namespace, report: Report) -> None:
    """Reports all pairs. Raises TooSlowError if the messages did not arrive as fast as they should."""
    async with launched() as browser:
        with stub(given.uploads) as url:
            noise, busy = await frames(browser, url, given)
            rows = f"{given.messages} messages for {given.uploads} uploads"
            row(report, f"{given.uploads} uploads: frames, both times idle", noise)
            row(report, f"{rows}: frames, against idle", busy, f">= {FRAMES_GOAL}")
            arrived = median(one.messages for one, _ in busy)
            if arrived < MIN_ARRIVED * given.messages:
                raise TooSlowError(f"{arrived:.0f} of {given.messages} messages arrived per second")
            with former_folder("clients/browser") as modules, stub(given.uploads, modules) as former_url:
                times = await main_thread_times(browser, (url, f"{url}/?shared", former_url), given)
            name = f"{rows}: ms of the main thread, against {COMMIT}"
            for column, kind in enumerate(("own", "shared")):
                pairs = [(one[column], one[2]) for one in times]
                report.pairs(f"{name}, {kind} connection", pairs, "{:.0f}", f"<= {MAIN_THREAD_GOAL}")
    print(f"taken by the page: {arrived:.0f} messages a second")


@contextmanager
def stub(uploads: int, modules: Path = MODULES) -> Iterator[str]:
    """Serves a page with the client of a folder; yields its URL."""
    port = free_port()
    with processes.server(
        ["-m", "benchmarks.clients.page_stub", str(port), str(uploads), str(modules)], port
    ) as server:
        yield server.url


async def frames(
    browser: Browser, url: str, given: argparse.Namespace
) -> tuple[list[tuple[Window, Window]], list[tuple[Window, Window]]]:
    """Returns the pairs of idle windows, and those of a busy and an idle window."""
    noise, busy = [], []
    page = await opened(browser, url)
    for number in range(given.rounds):
        noise.append(await pair(page, 0, given.seconds, first=number % 2 == 0))
        busy.append(await pair(page, given.messages, given.seconds, first=number % 2 == 0))
    await page.context.close()
    return noise, busy


async def main_thread_times(
    browser: Browser, urls: tuple[str, ...], given: argparse.Namespace
) -> list[tuple[float, ...]]:
    """Returns for each round the milliseconds per second of the pages; which comes first changes."""
    times = []
    for number in range(given.rounds):
        order = urls if number % 2 == 0 else urls[::-1]
        taken = {url: await main_thread_ms(browser, url, given.messages, given.seconds) for url in order}
        times.append(tuple(taken[url] for url in urls))
    return times


async def main_thread_ms(browser: Browser, url: str, messages: int, seconds: float) -> float:
    """Returns the milliseconds that the main thread of a new page works for the messages of a second.

    Raises TooSlowError if less than half of them arrive per second.
    """
    page = await opened(browser, url)
    session = await page.context.new_cdp_session(page)
    # The time of the processor, so that other processes do not count.
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.evaluate("rate => fetch(`/rate/${rate}`, {method: 'POST'})", messages)
    await asyncio.sleep(SETTLE_SECONDS)
    busy, rev, began = await task_seconds(session), await page.evaluate(LATEST_REV), time.monotonic()
    await asyncio.sleep(seconds)
    busy, arrived = await task_seconds(session) - busy, await page.evaluate(LATEST_REV) - rev
    taken = time.monotonic() - began
    await page.context.close()
    if arrived < MIN_ARRIVED_SHARE * messages * taken:
        raise TooSlowError(f"{arrived / taken:.0f} of {messages} messages arrived per second")
    return float(1000 * busy * messages / arrived)


async def task_seconds(session: CDPSession) -> float:
    """Returns the seconds in which the main thread has worked so far."""
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return float(metrics["TaskDuration"])


async def opened(browser: Browser, url: str) -> Page:
    """Returns a live page in a context of its own, which has a process of its own."""
    page = await (await browser.new_context()).new_page()
    await page.goto(url)
    await page.wait_for_function("window.progress?.connection.state === 'live'")
    return page


async def pair(page: Page, messages: int, seconds: float, *, first: bool) -> tuple[Window, Window]:
    """A window with so many messages per second and an idle one; which comes first changes from round to round."""
    if first:
        busy = await window(page, messages, seconds)
        return busy, await window(page, 0, seconds)
    idle = await window(page, 0, seconds)
    return await window(page, messages, seconds), idle


async def window(page: Page, messages: int, seconds: float) -> Window:
    await page.evaluate("rate => fetch(`/rate/${rate}`, {method: 'POST'})", messages)
    await asyncio.sleep(SETTLE_SECONDS)
    counted = await page.evaluate("ms => frames(ms)", seconds * 1000)
    return Window(counted["frames"], counted["messages"])


def row(report: Report, name: str, pairs: Sequence[tuple[Window, Window]], goal: str = "") -> None:
    report.pairs(name, [(one.frames, other.frames) for one, other in pairs], "{:.1f}", goal)


if __name__ == "__main__":
    sys.exit(main())
