"""The reports of a page on its own upload: how often, and in which steps."""

import re

from benchmarks.cost.page_reports import INTERVAL_MS, page_reports
from benchmarks.prediction.traces import Trace
from testing.running import ROOT


def reports(*callbacks: tuple[float, int], total: int) -> list[tuple[int, str, int]]:
    found = page_reports(Trace("steady", "test", total, list(callbacks)))
    return [(at, message["upload"]["status"], message["upload"]["bytesUploaded"]) for at, message in found]


def test_a_state_a_second_is_reported_and_the_end_at_once() -> None:
    steps = [(second / 10, 100) for second in range(1, 26)]
    assert reports(*steps, total=2500) == [
        (1000, "uploading", 1000),
        (2000, "uploading", 2000),
        (2500, "completed", 2500),
    ]


def test_a_bar_that_stands_is_not_reported_and_the_last_byte_waits_for_the_end() -> None:
    assert reports((0.5, 400), (0.6, 1), (1.5, 1), (2.5, 99_598), (4.5, 0), total=100_000) == [
        (1000, "uploading", 401),
        (3000, "uploading", 99_999),
        (4500, "completed", 100_000),
    ]


def test_the_interval_is_that_of_the_browser_package() -> None:
    source = (ROOT / "clients" / "browser" / "src" / "upload-progress-report.js").read_text(encoding="utf-8")
    [interval] = re.findall(r"const INTERVAL_MS = (\d+);", source)
    assert int(interval) == INTERVAL_MS
