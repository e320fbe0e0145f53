"""Compares the reporter that predicts with commit 2634acc, which does not: messages, and errors of the bars.

    make benchmark-prediction        (ARGS=--write puts the tables into docs/performance.md, ARGS=--record records anew)

A trace is a list of callbacks with their times. Recorded ones are of boto3, over a relay (recording.py). Others are
drawn at random from a seed (traces.py). Each is replayed by the reporters and drawn by the terminal client's rule under
a simulated clock, so every run has the same result.
"""

from __future__ import annotations

import math
from dataclasses import replace

from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.prediction.classes import CLASSES, Class, Result, measure, percentile
from benchmarks.prediction.former import COMMIT, former_upload_class
from benchmarks.prediction.frames import NO_PREDICTION, PREDICTION, Viewer
from benchmarks.prediction.recording import record, recorded_traces
from benchmarks.prediction.replay import MakeState, replay, state_of
from benchmarks.prediction.traces import SEED, Trace, synthetic_traces
from upload_progress_reporter.upload import UploadState

OURS = state_of(UploadState)
KILLED_AT = 0.4  # of the time of the upload
JOINS_AT = 0.5
CLOCK_SECONDS = 60.0


def main() -> None:
    parser = benchmark_parser("benchmarks.prediction", __doc__)
    parser.add_argument("--record", action="store_true", help="record the uploads of boto3 anew; takes a minute")
    arguments = parser.parse_args()
    if arguments.record:
        record(SEED)
    traces = [*recorded_traces(SEED), *synthetic_traces(SEED)]
    with former_upload_class() as former:
        text = report(traces, state_of(former), state_of(former, 5.0))
    print(text)
    if arguments.write:
        write_section("performance.md", "prediction", text)


def report(traces: list[Trace], former: MakeState, slow: MakeState) -> str:
    """Returns the tables: against the former reporter, against its interval of 5 s, and of clients in trouble."""
    results = {one.name: (Result(), Result(), Result()) for one in CLASSES}
    exceeding = 0
    for trace in steps(traces, "trace"):
        sent, before = replay(OURS, trace), replay(former, trace)
        measured = (
            measure(trace, sent, PREDICTION),
            measure(trace, before, NO_PREDICTION),
            measure(trace, replay(slow, trace), NO_PREDICTION),
        )
        exceeding += measured[0].news > measured[1].messages
        for one in CLASSES:
            if one.holds(trace):
                for result, added in zip(results[one.name], measured, strict=True):
                    result.add(added)
    return "\n".join(
        [
            against_former([(one, *results[one.name]) for one in CLASSES]),
            f"\nTraces with more messages than {COMMIT}, signs of life apart: {exceeding} of {len(traces)}.\n",
            against_slow([(one, *results[one.name]) for one in CLASSES]),
            "",
            in_trouble(traces),
        ]
    )


Row = tuple[Class, Result, Result, Result]


def against_former(rows: list[Row]) -> str:
    """Returns the table of messages and errors beside those of the former reporter. A missed goal is bold."""
    head = ["uploads", "messages", COMMIT, "share", "goal", "error p95", COMMIT, "goal", "mean error", COMMIT]
    cells = []
    for one, ours, former, _ in rows:
        share, max_error = ours.messages / former.messages, one.max_error or former.error
        goal = f"≤ 1/{1 / one.max_share:.0f}" if one.max_share < 1 else ""
        cells.append(
            [
                one.name,
                *(f"{number:,}" for number in (ours.messages, former.messages)),
                _bold(f"1/{1 / share:.1f}", bool(goal) and share > one.max_share),
                goal,
                _bold(f"{ours.error:.2f} %", one.name != "all" and ours.error > max_error),
                f"{former.error:.2f} %",
                f"≤ {max_error:.2f} %" if one.name != "all" else "",
                *(f"{result.mean_error:.2f} %" for result in (ours, former)),
            ]
        )
    return table(head, cells)


def against_slow(rows: list[Row]) -> str:
    """Returns the table beside the former reporter with updates every 5 s. A missed goal is bold."""
    head = ["uploads", "messages without signs of life", f"{COMMIT}, 5 s", "error p95", f"{COMMIT}, 5 s", "goal"]
    return table(
        head,
        [
            [
                one.name,
                _bold(f"{ours.news:,}", ours.news > slow.messages),
                f"{slow.messages:,}",
                _bold(f"{ours.error:.2f} %", ours.error > slow.error / 3),
                f"{slow.error:.2f} %",
                f"≤ {slow.error / 3:.2f} %",
            ]
            for one, ours, _, slow in rows
        ],
    )


def in_trouble(traces: list[Trace]) -> str:
    """Returns the table of killed uploaders, late clients and wrong clocks."""
    cells = []
    for name, viewer, is_killed in TROUBLES:
        ahead, errors = 0.0, list[float]()
        for trace in traces:
            killed_at = round(KILLED_AT * trace.seconds, 1) if is_killed else math.inf
            seen = replace(viewer, joins_at=viewer.joins_at * trace.seconds)
            found = seen.errors(trace, replay(OURS, trace, killed_at), killed_at)
            ahead, errors = max(ahead, *found), [*errors, *map(abs, found)]
        cells.append([name, f"{ahead:.2f} %", f"{percentile(errors):.2f} %"])
    return table(["client of the reporter", "most ahead of the count", "error p95"], cells)


TROUBLES = (
    ("uploader killed at 40 %, latency 50 ms", Viewer(), True),
    ("uploader killed at 40 %, latency 500 ms", Viewer(latency_seconds=(0.5, 0.5)), True),
    ("joins at 50 % from the snapshot", Viewer(joins_at=JOINS_AT), False),
    ("the same, clock 60 s fast", Viewer(joins_at=JOINS_AT, clock_seconds=CLOCK_SECONDS), False),
    ("the same, clock 60 s slow", Viewer(joins_at=JOINS_AT, clock_seconds=-CLOCK_SECONDS), False),
    ("the same, uploader killed at 40 %", Viewer(joins_at=KILLED_AT), True),
)


def _bold(text: str, is_missed: bool) -> str:
    return f"**{text}**" if is_missed else text


if __name__ == "__main__":
    main()
