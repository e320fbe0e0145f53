"""`make benchmark-page`: the frames that a page draws while 2 000 messages a second come for its 200 uploads.

One visible tab of Chromium with the list element. Windows with and without messages alternate on the same page, and so
do two without: what those differ by is noise. Frames are counted by requestAnimationFrame. Needs Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.async_api import Page

from benchmarks.harness import processes
from benchmarks.harness.report import Report, machine
from benchmarks.harness.section import write_section
from testing.chromium import launched

GOAL = 0.8
SETTLE_SECONDS = 0.5
MIN_ARRIVED = 0.9


@dataclass(frozen=True)
class Window:
    """What the page did in a window: frames drawn and messages taken, per second."""

    frames: float
    messages: float


class TooSlowError(Exception):
    """The stub could not send, or the page not take, what was to be measured."""


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.clients.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="pairs of windows of each kind")
    parser.add_argument("--seconds", type=float, default=4.0, help="of a window")
    parser.add_argument("--messages", type=int, default=2000, help="per second")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    head = ("frames per second of a page", "this product", "idle", "ratio", "goal")
    report = Report(head, f"{machine()}; medians of {given.rounds} pairs of {given.seconds:g} s")
    asyncio.run(measure(given, report))
    if given.write:
        write_section("performance.md", "page", report.markdown())
    return 0


async def measure(given: argparse.Namespace, report: Report) -> None:
    """Report both kinds of pairs. Raises TooSlowError if the messages did not arrive as fast as they should."""
    noise, busy = [], []
    async with launched() as browser:
        port = processes.free_port()
        with processes.server(["-m", "benchmarks.clients.page_stub", str(port), str(given.uploads)], port) as stub:
            page = await browser.new_page()
            await page.goto(stub.url)
            await page.wait_for_function("window.progress?.connection.state === 'live'")
            for number in range(given.rounds):
                noise.append(await pair(page, 0, given.seconds, first=number % 2 == 0))
                busy.append(await pair(page, given.messages, given.seconds, first=number % 2 == 0))
    row(report, f"{given.uploads} uploads, idle both times: noise", noise)
    row(report, f"{given.messages} messages a second for {given.uploads} uploads", busy, f">= {GOAL}")
    arrived = median(one.messages for one, _ in busy)
    if arrived < MIN_ARRIVED * given.messages:
        raise TooSlowError(f"{arrived:.0f} of {given.messages} messages arrived per second")
    print(f"taken by the page: {arrived:.0f} messages a second")


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
    busy, idle = (median(one.frames for one in column) for column in zip(*pairs, strict=True))
    report.row(name, f"{busy:.1f}", f"{idle:.1f}", median(one.frames / other.frames for one, other in pairs), goal)


if __name__ == "__main__":
    sys.exit(main())
