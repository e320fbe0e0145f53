"""What a month of people who upload every day costs, and what drives it.

    make benchmark-uploaders         (or: .venv/bin/python -m benchmarks.cost.uploaders [--write])

One visit is run by the functions themselves, as in benchmarks/cost/cost.py: a page opens, an upload runs and its
reporter calls push, the page closes. The uploads are the recorded ones of three minutes (benchmarks/prediction), one
for each link; a visit is their mean. Bytes of logs and of messages are counted where they are written. All else is
multiplication by what people do, which is assumed below. `--write` puts the tables into docs/scale-and-cost.md.
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from statistics import mean

from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from benchmarks.cost.cost import Hour, consumed_by, stack_hour
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.prediction.former import COMMIT, former_upload_class
from benchmarks.prediction.recording import recorded_traces
from benchmarks.prediction.replay import MakeState, Sent, replay, state_of
from benchmarks.prediction.traces import SEED, Trace
from benchmarks.simulation.browser import Browser
from benchmarks.simulation.world import simulated_world
from domain.protocol import encode
from testing.prices import ALARM_METRIC, CUSTOM_METRIC, DASHBOARD, SECRET, dollars
from upload_progress_reporter.upload import UploadState

UPLOADERS = (1_000, 10_000, 100_000)
DAYS, VISITS_A_DAY = 30, 3
VISIT_MINUTES, UPLOAD_SECONDS = 10, 180
OPEN_MS = 30_000  # from the opening of the page to the start of the upload

# Of Lambda's own lines for each invocation (START and REPORT as JSON), of a line of the gateway's access log, and what
# CloudWatch Logs adds to each line.
PLATFORM_LOG_BYTES, ACCESS_LOG_BYTES, LINE_BYTES = 700, 450, 26

# A stack with alarms: what its alarms look at, and its own metrics with some twenty-five reasons.
ALARM_METRICS, CUSTOM_METRICS = 20, 45

# What stands in one row, by the names of testing/prices.py.
DRIVERS = {
    "gateway messages": ("messages",),
    "connection-minutes": ("connection_minutes",),
    "Lambda": ("invocations", "gb_seconds"),
    "DynamoDB": ("wru", "rru"),
    "logs": ("log_bytes",),
    "CloudFront": ("cdn_requests", "cdn_bytes"),
}


def mean_visit(make: MakeState, traces: list[Trace], stack: Hour) -> dict[str, float]:
    """Returns what a visit consumes on average over the traces of its upload."""
    visits = [visit(replay(make, trace), stack) for trace in steps(traces, "upload")]
    return {name: mean(one[name] for one in visits) for name in visits[0]}


def visit(sent: list[Sent], stack: Hour) -> dict[str, float]:
    """Returns what one visit with these updates consumes, without what the stack consumes anyway."""
    with simulated_world() as world, _log_bytes() as written:
        Browser(world, "ann", random.Random(1)).open()
        for one in sent:
            world.after(OPEN_MS + round(one.second * 1000), partial(world.push, one.update))
        world.sweep_every_minute(VISIT_MINUTES)
        world.pass_time(VISIT_MINUTES * 60_000 - 1000)
        world.drop("C1=")
        counts = world.counts + world.meter.counts
        bytes_out = sum(
            len(encode(one.message)) for one in world.spoken if one.who == "server" and isinstance(one.message, dict)
        )
    anyway = {name: amount * VISIT_MINUTES / 60 for name, amount in stack.consumed.items()}
    used = {name: amount - anyway.get(name, 0) for name, amount in consumed_by(counts).items()}
    lines = used["invocations"] * PLATFORM_LOG_BYTES + (counts["messages_in"] + 2) * (ACCESS_LOG_BYTES + LINE_BYTES)
    return used | {
        "connection_minutes": float(VISIT_MINUTES),
        "log_bytes": written["bytes"] + lines,
        "cdn_requests": 1.0,
        "cdn_bytes": float(bytes_out),
    }


@contextmanager
def _log_bytes() -> Iterator[Counter[str]]:
    """How much the functions write, but for sweeps, whose lines are the stack's."""
    written: Counter[str] = Counter()

    class Count(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() != "swept":
                written["bytes"] += len(JsonFormatter().format(record)) + LINE_BYTES

    logger, handler = logging.getLogger("upload_progress"), Count()
    logger.addHandler(handler)
    try:
        yield written
    finally:
        logger.removeHandler(handler)


def month(uploaders: int, one_visit: Mapping[str, float]) -> dict[str, float]:
    """Dollars by driver, without the stack itself."""
    visits = uploaders * VISITS_A_DAY * DAYS
    return {label: visits * dollars({name: one_visit[name] for name in names}) for label, names in DRIVERS.items()}


def stack_month(stack: Hour) -> float:
    """What is paid although nobody comes: sweeps, alarms, metrics, the dashboard, the origin key."""
    sweeps = dollars(stack.consumed | {"log_bytes": 60.0 * (PLATFORM_LOG_BYTES + 500)}) * 24 * DAYS
    return sweeps + ALARM_METRICS * ALARM_METRIC + CUSTOM_METRICS * CUSTOM_METRIC + DASHBOARD + SECRET


def report(visits: Mapping[str, Mapping[str, float]], stack: Hour) -> str:
    """Returns two tables: where the money goes with the reporter's defaults, and what other reporters cost."""
    default, fixed = next(iter(visits.values())), stack_month(stack)
    head = ["dollars a month", *(f"{number:,}" for number in UPLOADERS)]
    months = [month(number, default) for number in UPLOADERS]
    rows = [[label, *(f"{one[label]:,.2f}" for one in months)] for label in DRIVERS]
    rows.append(["the stack itself", *[f"{fixed:,.2f}"] * len(UPLOADERS)])
    rows.append(["**all**", *(f"**{sum(one.values()) + fixed:,.0f}**" for one in months)])
    paces = [
        [
            name,
            *(f"{sum(month(number, one).values()) + fixed:,.0f}" for number in UPLOADERS),
        ]
        for name, one in visits.items()
    ]
    counted = ", ".join(f"{default[name]:,.0f} {label}" for name, label in COUNTED.items())
    return "\n".join(
        [
            f"One visit: {counted}.\n",
            table(head, rows),
            "\nThe same uploads with other settings, and with the reporter before prediction:\n",
            table(head, paces),
        ]
    )


COUNTED = {
    "messages": "messages",
    "invocations": "invocations",
    "wru": "write units",
    "rru": "read units",
    "log_bytes": "bytes of logs",
    "cdn_bytes": "bytes to the client",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale-and-cost.md")
    arguments = parser.parse_args()
    stack = stack_hour()
    traces = [one for one in recorded_traces(SEED) if one.is_fine and 0 <= one.seconds - UPLOAD_SECONDS < 20]
    with former_upload_class() as former:
        reporters: dict[str, MakeState] = {
            "the reporter": state_of(UploadState),
            "with `min_interval_seconds=15`": state_of(UploadState, 15.0),
            f"commit {COMMIT}": state_of(former),
            f"commit {COMMIT} with `min_interval_seconds=5`": state_of(former, 5.0),
        }
        text = report({name: mean_visit(make, traces, stack) for name, make in reporters.items()}, stack)
    print(text)
    if arguments.write:
        write_section("scale-and-cost.md", "uploaders", text)


if __name__ == "__main__":
    main()
