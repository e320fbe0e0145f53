"""The line of a bar between two messages: the rule, without a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.prediction import Drawn, PredictionLimits, line_bytes, predicted, read_limits
from testing.vectors import VECTORS

LIMITS = PredictionLimits(10, 5, 10, 120)
WELCOME = {
    "maxPredictionPercent": 10,
    "predictionSeconds": 5,
    "latePredictionSeconds": 10,
    "latePredictionAfterSeconds": 120,
}


@pytest.mark.parametrize("case", VECTORS["prediction"], ids=lambda case: case["why"])
def test_frames_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    limits, drawn = read_limits(case["welcome"]), Drawn()
    for frame in case["frames"]:
        news = [one for one in case["messages"] if one["second"] <= frame["second"]] or case["messages"][:1]
        elapsed = frame["second"] - news[-1]["second"]
        shown, drawn = predicted(news[-1]["upload"], elapsed, limits, drawn)
        seen = {"bytes": shown["bytesUploaded"]} | {name: shown[name] for name in frame if name in shown}
        assert seen == {name: frame[name] for name in seen}
        if "line" in frame:
            assert line_bytes(news[-1]["upload"], elapsed, limits) == frame["line"]


@pytest.mark.parametrize("name", sorted(WELCOME))
@pytest.mark.parametrize("value", [None, "10", True, -1, float("inf"), float("nan")])
def test_a_welcome_without_a_usable_limit_allows_no_prediction(name: str, value: object) -> None:
    assert read_limits(WELCOME | {name: value}).max_percent == 0
    assert read_limits(WELCOME) == LIMITS


COUNTS = st.integers(0, 1000)
UPLOADS = st.fixed_dictionaries(
    {
        "attempt": st.just(1),
        "status": st.sampled_from(["uploading", "paused", "processing", "failed"]),
        "bytesUploaded": COUNTS,
        "bytesTotal": st.just(1000),
        "bytesPerSecond": st.none() | st.integers(-10, 3000) | st.just(float("nan")),
        "etaSeconds": st.none() | st.integers(-10, 900),
    }
)


@given(st.lists(st.tuples(UPLOADS, st.lists(st.floats(-5, 40), max_size=5)), max_size=8))
def test_a_bar_never_goes_back_nor_above_the_total_nor_a_tenth_beyond_the_count(
    news: list[tuple[dict[str, Any], list[float]]],
) -> None:
    drawn, highest = Drawn(), 0
    for upload, frames in news:
        for elapsed in frames:
            before = drawn
            highest = max(highest, upload["bytesUploaded"])
            shown, drawn = predicted(upload, elapsed, LIMITS, before)
            assert before.bytes <= drawn.bytes <= min(1000, highest + 100)
            assert shown["percent"] <= 99.9
            assert all(shown[name] is None or shown[name] >= 0 for name in ("bytesPerSecond", "etaSeconds"))
            if elapsed >= 10 or upload["status"] != "uploading" or upload["bytesUploaded"] < highest:
                assert shown["bytesPerSecond"] is shown["etaSeconds"] is None
