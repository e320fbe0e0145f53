"""A reporter on a trace, polled as its sender polls it, under a simulated clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.prediction.traces import Trace
from upload_progress_reporter.moment import Moment
from upload_progress_reporter.prediction import interval_seconds
from upload_progress_reporter.throttle import MIN_INTERVAL_SECONDS
from upload_progress_reporter.upload import STALLED

TICK_SECONDS = 0.1
NOON_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z

MakeState = Callable[[Trace], Any]  # returns the state of an upload, of this reporter or of a former one


@dataclass(frozen=True, slots=True)
class Sent:
    """An update and the second it was sent. A sign of life is sent an interval after the update before it."""

    second: float
    update: dict[str, Any]
    is_sign_of_life: bool


def state_of(upload_class: Any, min_seconds: float = MIN_INTERVAL_SECONDS) -> MakeState:
    """Returns a function that makes the state of a trace's upload."""
    return lambda trace: upload_class("ann", "upload-1", "holiday.mp4", trace.total, 1, "transfer", min_seconds)


def replay(make: MakeState, trace: Trace, killed_at: float = math.inf) -> list[Sent]:
    """Returns the updates of a trace, from `uploading` to `completed` or the death of the uploader."""
    state, waiting = make(trace), iter(trace.callbacks)
    now, sent = 0.0, [Sent(0.0, state.change(_moment(0), "uploading"), False)]
    callback = next(waiting, None)
    for tick in range(1, math.ceil(min(trace.seconds, killed_at) / TICK_SECONDS) + 1):
        now = tick * TICK_SECONDS
        while callback is not None and callback[0] <= now:
            state.tally.add(callback[1])
            callback = next(waiting, None)
        if update := state.progress(_moment(now)):
            before = sent[-1].second
            is_late = now - before >= interval_seconds(before) - TICK_SECONDS / 2
            sent.append(Sent(now, update, is_late or update.get("message") == STALLED))
    if killed_at == math.inf:
        sent.append(Sent(now, state.change(_moment(now), "completed"), False))
    return sent


def _moment(seconds: float) -> Moment:
    return Moment(NOON_MS + round(seconds * 1000), seconds)
