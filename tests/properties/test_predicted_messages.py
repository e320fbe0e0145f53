"""Prediction never costs more messages than the throttle alone, and a bar is never far ahead of the count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.prediction.frames import Viewer
from benchmarks.prediction.recording import recorded_traces
from benchmarks.prediction.replay import TICK_SECONDS, replay, state_of
from benchmarks.prediction.traces import SEED, Trace
from upload_progress_reporter.throttle import is_due
from upload_progress_reporter.upload import UploadState

OURS = state_of(UploadState)
STEPS = st.lists(st.tuples(st.floats(0, 14), st.integers(1, 3000)), min_size=1, max_size=40)
RECORDED = [one for one in recorded_traces(SEED) if one.seconds < 70]


def without_prediction(trace: Trace) -> int:
    """Returns the messages of a reporter that sends each change as soon as the throttle allows it."""
    waiting, count, shown, sent_at, messages = [*trace.callbacks], 0, 0, 0.0, 2  # `uploading` and `completed`
    for tick in range(1, int(trace.seconds / TICK_SECONDS) + 2):
        while waiting and waiting[0][0] <= tick * TICK_SECONDS:
            count += waiting.pop(0)[1]
        moved = 100 * (count - shown) / trace.total
        if count != shown and is_due(tick * TICK_SECONDS - sent_at, moved):
            shown, sent_at, messages = count, tick * TICK_SECONDS, messages + 1
    return messages


def news(trace: Trace) -> int:
    return sum(not one.is_sign_of_life for one in replay(OURS, trace))


def drawn_trace(steps: list[tuple[float, int]], rest: int = 0) -> Trace:
    now, callbacks = 0.0, list[tuple[float, int]]()
    for pause, size in steps:
        now += pause
        callbacks.append((now, size))
    return Trace("drawn", "synthetic", sum(size for _, size in steps) + rest, callbacks)


@given(STEPS, st.integers(0, 20_000))
def test_no_trace_has_more_messages_than_without_prediction_signs_of_life_apart(
    steps: list[tuple[float, int]], rest: int
) -> None:
    trace = drawn_trace(steps, rest)
    assert news(trace) <= without_prediction(trace)


@pytest.mark.parametrize("trace", RECORDED, ids=lambda one: f"{one.link} {one.seconds:.0f} s fine={one.is_fine}")
def test_no_recorded_upload_has_more_messages_than_without_prediction(trace: Trace) -> None:
    assert news(trace) <= without_prediction(trace)


@given(STEPS, st.floats(0.05, 0.5), st.floats(0, 60))
def test_a_bar_is_never_more_than_a_tenth_ahead_of_the_count_also_after_the_uploader_died(
    steps: list[tuple[float, int]], latency: float, killed_at: float
) -> None:
    trace, killed_at = drawn_trace(steps), round(killed_at, 1)
    errors = Viewer(latency_seconds=(latency, latency)).errors(trace, replay(OURS, trace, killed_at), killed_at)
    assert max(errors, default=0.0) <= 10.0 + 1e-6
