"""The reporter's line, and the updates that are sent because of it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter import Update
from upload_progress_reporter.prediction import ProgressLine, interval_seconds
from upload_progress_reporter.upload import REPEATING, UploadState

from .simulation import TICK_SECONDS, at_rate, moment, simulate

VECTORS = json.loads((Path(__file__).parents[3] / "tests" / "vectors" / "rules.json").read_text(encoding="utf-8"))
LIMITS = [10, 5, 10, 120]  # the line of the reporter is that of the default limits
RUNS = [case for case in VECTORS["prediction"] if list(case["welcome"].values()) == LIMITS]
TIMES = ("startedAt", "updatedAt")
REPORTED = ("bytesUploaded", "bytesPerSecond", "etaSeconds", "unpredictable", "message")


@pytest.mark.parametrize("case", RUNS, ids=lambda case: case["why"])
def test_the_line_is_that_of_the_vectors_once_no_bar_is_ahead_of_it(case: dict[str, Any]) -> None:
    for frame in case["frames"]:
        news = [one for one in case["messages"] if one["second"] <= frame["second"]] or case["messages"][:1]
        upload, highest = news[-1]["upload"], max(one["upload"]["bytesUploaded"] for one in news)
        line = line_of(upload).bytes_after(frame["second"] - news[-1]["second"])
        if "line" in frame:
            assert line == frame["line"]
        elif len(news) == 1 and upload["bytesUploaded"] == highest:
            assert int(line) == frame["bytes"]
        assert line <= frame["bytes"] + 1 or upload["bytesUploaded"] < highest


def line_of(upload: dict[str, Any]) -> ProgressLine:
    """Returns the line of a message, which is flat in other states than `uploading`, or if it is unpredictable."""
    is_moving = upload["status"] == "uploading" and not upload.get("unpredictable")
    speed = max(0, upload.get("bytesPerSecond") or 0) if is_moving else 0
    started, updated = (float(upload[name][14:16]) * 60 + float(upload[name][17:23]) for name in TIMES)
    return ProgressLine(upload["bytesUploaded"], upload["bytesTotal"], speed, interval_seconds(updated - started))


@pytest.mark.parametrize("case", VECTORS["reports"], ids=lambda case: case["why"])
def test_updates_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    state, updates = UploadState("alice", "u1", "film.mp4", case["bytesTotal"], 1, "transfer"), list[dict[str, Any]]()
    state.change(moment(0), "uploading")
    steps = sorted(
        (one["firstMs"] + i * one["everyMs"], one["bytes"]) for one in case["steps"] for i in range(one["count"])
    )
    for ms in range(100, case["untilMs"] + 1, 100):
        while steps and steps[0][0] <= ms:
            state.tally.add(steps.pop(0)[1])
        if update := state.progress(moment(ms / 1000)):
            updates.append({"ms": ms} | {name: value for name, value in update.items() if name in REPORTED})
    assert updates == case["updates"]


@given(st.lists(st.tuples(st.floats(0, 14), st.integers(1, 3000)), max_size=40), st.integers(1, 20_000))
def test_prediction_never_sends_more_than_the_throttle_alone_signs_of_life_apart(
    steps: list[tuple[float, int]], rest: int
) -> None:
    now, callbacks = 0.0, list[tuple[float, int]]()
    for pause, size in steps:
        now += pause
        callbacks.append((now, size))
    run = simulate(sum(size for _, size in steps) + rest, callbacks, now + 12)
    assert run.news <= run.unpredicted
    moments = [0.0, *(second for second, _ in run.updates)]
    assert all(after - before <= interval_seconds(before) + TICK_SECONDS * 1.01 for before, after in pairwise(moments))


@pytest.mark.parametrize("step", [8 * 1024, 256 * 1024, 2_621_440])
@pytest.mark.parametrize("seconds", [10, 60, 180, 600])
def test_of_a_steady_upload_signs_of_life_and_a_few_corrections_are_sent(step: int, seconds: int) -> None:
    total = 100_000_000
    run = simulate(total, at_rate(total, step, lambda now: total / seconds), seconds)
    assert run.news <= 17 or step == 2_621_440
    if step < total * 0.005:
        is_often = seconds * step / total < 0.5  # seconds between two steps
        assert len(run.updates) * (4 if seconds < 60 else 8 if seconds >= 180 and is_often else 5) <= run.unpredicted
        assert sorted(run.errors)[len(run.errors) * 95 // 100] <= (1 if seconds >= 60 else 1.1)
    assert max(run.errors) <= 1.1 + 150 * step / total


def test_a_silence_and_a_step_back_have_neither_speed_nor_time_left_and_what_follows_is_measured_anew() -> None:
    one, last, seen = UploadState("alice", "u1", "film.mp4", 10_000_000, 1, "transfer"), None, dict[int, Update]()
    one.change(moment(0), "uploading")
    for tick in range(1, 386):
        moves = tick <= 50 or tick > 350
        one.tally.add((100_000 if tick <= 50 else 200_000) if moves else 0)
        if tick == 361:
            one.tally.add(-2_000_000)
        last = one.progress(moment(tick / 10)) or last
        assert last is None or (last.get("etaSeconds") or 0) >= 0
        if last is not None:
            seen[tick] = last
    assert all("bytesPerSecond" not in seen[tick] and not seen[tick].get("etaSeconds") for tick in range(150, 351))
    assert seen[360]["bytesPerSecond"] == pytest.approx(2_000_000, rel=0.25)
    assert seen[360]["etaSeconds"] == 2
    assert seen[365]["message"] == REPEATING and "bytesPerSecond" not in seen[365] and "etaSeconds" not in seen[365]
    assert seen[365]["bytesUploaded"] >= seen[360]["bytesUploaded"]
    assert seen[385]["bytesPerSecond"] == pytest.approx(2_000_000, rel=0.25)


def test_signs_of_life_come_every_five_seconds_for_two_minutes_and_every_ten_later_or_as_set() -> None:
    for first in (5.0, 2.0):
        one = UploadState("alice", "u1", "film.mp4", 1000, 1, "transfer", sign_of_life_seconds=first)
        one.change(moment(0), "uploading")
        sent = [tick for tick in range(1, 161) if one.progress(moment(tick))]
        assert sent == [*range(int(first), 121, int(first)), *range(120 + int(2 * first), 161, int(2 * first))]


def test_a_pause_and_a_long_minimum_give_no_sign_of_life() -> None:
    one = UploadState("alice", "u1", "film.mp4", 1000, 1, "transfer", 15.0)
    one.change(moment(0), "uploading")
    assert [tick for tick in range(1, 46) if one.progress(moment(tick))] == [15, 30, 45]
    one.change(moment(46), "paused")
    assert [tick for tick in range(47, 200) if one.progress(moment(tick))] == []
