"""The reports of a page on its own upload, as `upload-progress/report` sends them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from benchmarks.prediction.traces import Trace

INTERVAL_MS = 1000  # clients/browser/src/upload-progress-report.js; tests/unit/benchmarks/cost compares


def page_reports(trace: Trace) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the time of each report in milliseconds, and its message: a step of the bar is a tenth of a percent."""
    names = {"uploadId": "upload-1", "fileName": "holiday.mp4", "bytesTotal": trace.total}
    end_ms, position, count, shown = math.ceil(trace.seconds * 1000), 0, 0, 0
    for now in range(INTERVAL_MS, end_ms, INTERVAL_MS):
        while trace.callbacks[position][0] * 1000 <= now:
            count += trace.callbacks[position][1]
            position += 1
        if (step := 1000 * count // trace.total) != shown:
            shown = step
            yield now, _report(names, "uploading", min(count, trace.total - 1))
    yield end_ms, _report(names, "completed", trace.total)


def _report(names: dict[str, Any], status: str, count: int) -> dict[str, Any]:
    return {"action": "report", "id": "report 1", "upload": {**names, "status": status, "bytesUploaded": count}}
