"""What a month of people who upload every day costs, and what drives it.

    make benchmark-uploaders         (or: .venv/bin/python -m benchmarks.cost.uploaders [--write])

One visit is run by the functions themselves, as in benchmarks/cost/cost.py: a page opens, an upload runs and its
reporter calls push, the page closes. The uploads are the recorded ones of three minutes (benchmarks/prediction), one
for each link; a visit is their mean. Bytes of logs and of messages are counted where they are written. All else is
multiplication by what people do, which is assumed below. `--write` puts the tables into docs/scale-and-cost.md.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from statistics import mean
from typing import NamedTuple

from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from benchmarks.cost.cost import Hour, consumed_by, stack_hour
from benchmarks.cost.page_reports import page_reports
from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.prediction.former import COMMIT, former_upload_class
from benchmarks.prediction.recording import recorded_traces
from benchmarks.prediction.replay import MakeState, Sent, replay, state_of
from benchmarks.prediction.traces import SEED, Trace
from benchmarks.simulation.browser import Browser
from benchmarks.simulation.world import World, simulated_world
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

Sender = Callable[[Trace, World], None]  # sends the news of an upload, from OPEN_MS on


class Way(NamedTuple):
    """A sender, and the number of pages that the user has open meanwhile."""

    send: Sender
    pages: int = 1


def pushed_by(make: MakeState) -> Sender:
    """Returns a function that lets a reporter push a trace."""
    return lambda trace, world: push(replay(make, trace), world)


def push(sent: list[Sent], world: World) -> None:
    """Lets a pipeline push these updates."""
    for one in sent:
        world.after(OPEN_MS + round(one.second * 1000), partial(world.push, one.update))


def reported_by_page(trace: Trace, world: World) -> None:
    """Lets the first page report a trace as its own upload."""
    for at, message in page_reports(trace):
        world.after(OPEN_MS + at, partial(world.say, "C1=", message))


def mean_visit(way: Way, traces: list[Trace], stack: Hour) -> dict[str, float]:
    """Returns what a visit consumes on average over the traces of its upload."""
    visits = [visit(partial(way.send, trace), stack, way.pages) for trace in steps(traces, "upload")]
    return {name: mean(one[name] for one in visits) for name in visits[0]}


def visit(send: Callable[[World], None], stack: Hour, pages: int = 1) -> dict[str, float]:
    """Returns what one visit with an upload consumes, without what the stack consumes anyway."""
    with simulated_world(AllowClientReports="true") as world, _log_bytes() as written:
        for number in range(pages):
            Browser(world, "ann", random.Random(number + 1), page=f"page{number}").open()
        send(world)
        world.sweep_every_minute(VISIT_MINUTES)
        world.pass_time(VISIT_MINUTES * 60_000 - 1000)
        for number in range(pages):
            world.drop(f"C{number + 1}=")
        counts = world.counts + world.meter.counts
        bytes_out = sum(
            len(encode(one.message)) for one in world.spoken if one.who == "server" and isinstance(one.message, dict)
        )
    anyway = {name: amount * VISIT_MINUTES / 60 for name, amount in stack.consumed.items()}
    used = {name: amount - anyway.get(name, 0) for name, amount in consumed_by(counts).items()}
    requests = counts["messages_in"] + 2 * pages
    lines = used["invocations"] * PLATFORM_LOG_BYTES + requests * (ACCESS_LOG_BYTES + LINE_BYTES)
    return used | {
        "connection_minutes": float(VISIT_MINUTES * pages),
        "log_bytes": written["bytes"] + lines,
        "cdn_requests": float(pages),
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
            "\nThe same uploads with other settings, the reporter before prediction, and reports of the page:\n",
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
    parser = benchmark_parser("benchmarks.cost.uploaders", __doc__, "scale-and-cost.md")
    arguments = parser.parse_args()
    stack = stack_hour()
    traces = [one for one in recorded_traces(SEED) if one.is_fine and 0 <= one.seconds - UPLOAD_SECONDS < 20]
    with former_upload_class() as former:
        reporter = pushed_by(state_of(UploadState))
        ways = {
            "the reporter": Way(reporter),
            "with `min_interval_seconds=15`": Way(pushed_by(state_of(UploadState, 15.0))),
            f"commit {COMMIT}": Way(pushed_by(state_of(former))),
            f"commit {COMMIT} with `min_interval_seconds=5`": Way(pushed_by(state_of(former, 5.0))),
            "the reporter, two open pages": Way(reporter, pages=2),
            "the page (action `report`), two open pages": Way(reported_by_page, pages=2),
            "the page (action `report`), no other page": Way(reported_by_page),
        }
        text = report({name: mean_visit(way, traces, stack) for name, way in ways.items()}, stack)
    print(text)
    if arguments.write:
        write_section("scale-and-cost.md", "uploaders", text)


if __name__ == "__main__":
    main()
