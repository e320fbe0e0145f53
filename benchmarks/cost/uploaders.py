"""What a month of people who upload every day costs, and what drives it.

    make benchmark-uploaders         (or: .venv/bin/python -m benchmarks.cost.uploaders [--write])

One visit is lived through by the functions themselves, as in benchmarks/cost/cost.py: a page is opened, an upload runs
and reports straight to push, the page is left. Bytes of logs and of messages are counted where they are written. All
else is multiplication by what people do, which is assumed below. `--write` puts the tables into docs/scale-and-cost.md.
"""

from __future__ import annotations

import argparse
import logging
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from benchmarks.cost.cost import Hour, consumed_by, stack_hour
from benchmarks.cost.prices import ALARM_METRIC, CUSTOM_METRIC, DASHBOARD, SECRET, dollars
from benchmarks.harness.section import table, write_section
from benchmarks.simulation.browser import Browser
from benchmarks.simulation.world import World, simulated_world
from domain.protocol import encode

UPLOADERS = (1_000, 10_000, 100_000)
INTERVALS_MS = (500, 5_000, 15_000)  # between two updates; the first is the reporter's default
DAYS, VISITS_A_DAY = 30, 3
VISIT_MINUTES, UPLOAD_MINUTES = 10, 3

# Of Lambda's own lines for each invocation (START and REPORT as JSON), of a line of the gateway's access log, and what
# CloudWatch Logs adds to each line.
PLATFORM_LOG_BYTES, ACCESS_LOG_BYTES, LINE_BYTES = 700, 450, 26

# A stack with alarms: what its alarms look at, and its own metrics with some twenty-five reasons.
ALARM_METRICS, CUSTOM_METRICS = 20, 45

# What stands in one row, by the names of benchmarks/cost/prices.py.
DRIVERS = {
    "gateway messages": ("messages",),
    "connection-minutes": ("connection_minutes",),
    "Lambda": ("invocations", "gb_seconds"),
    "DynamoDB": ("wru", "rru"),
    "logs": ("log_bytes",),
    "CloudFront": ("cdn_requests", "cdn_bytes"),
}


def visit(interval_ms: int, stack: Hour) -> dict[str, float]:
    """What one visit consumes, without what the stack consumes anyway."""
    with simulated_world() as world, _log_bytes() as written:
        reports = UPLOAD_MINUTES * 60_000 // interval_ms
        Browser(world, "ann", random.Random(1)).open()
        for number in range(1, reports + 1):
            world.after(30_000 + number * interval_ms, lambda number=number: _report(world, number, reports))  # type: ignore[misc]
        world.sweep_every_minute(VISIT_MINUTES)
        world.pass_time(VISIT_MINUTES * 60_000 - 1000)
        world.drop("C1=")
        counts = world.counts + world.meter.counts
        sent = sum(
            len(encode(one.message)) for one in world.spoken if one.who == "server" and isinstance(one.message, dict)
        )
    anyway = {name: amount * VISIT_MINUTES / 60 for name, amount in stack.consumed.items()}
    used = {name: amount - anyway.get(name, 0) for name, amount in consumed_by(counts).items()}
    lines = used["invocations"] * PLATFORM_LOG_BYTES + (counts["messages_in"] + 2) * (ACCESS_LOG_BYTES + LINE_BYTES)
    return used | {
        "connection_minutes": float(VISIT_MINUTES),
        "log_bytes": written["bytes"] + lines,
        "cdn_requests": 1.0,
        "cdn_bytes": float(sent),
    }


def _report(world: World, number: int, reports: int) -> None:
    status = "completed" if number == reports else "uploading"
    done = {"bytesUploaded": number * 1_000_000, "bytesTotal": reports * 1_000_000, "fileName": "holiday.mp4"}
    world.push({"userId": "ann", "uploadId": "upload-1", "status": status, **done})


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


def report(visits: Mapping[int, Mapping[str, float]], stack: Hour) -> str:
    """Two tables: where the money goes at the reporter's own pace, and what a slower pace saves."""
    default, fixed = visits[INTERVALS_MS[0]], stack_month(stack)
    head = ["dollars a month", *(f"{number:,}" for number in UPLOADERS)]
    months = [month(number, default) for number in UPLOADERS]
    rows = [[label, *(f"{one[label]:,.2f}" for one in months)] for label in DRIVERS]
    rows.append(["the stack itself", *[f"{fixed:,.2f}"] * len(UPLOADERS)])
    rows.append(["**all**", *(f"**{sum(one.values()) + fixed:,.0f}**" for one in months)])
    paces = [
        [
            f"an update every {interval / 1000:g} s",
            *(f"{sum(month(number, one).values()) + fixed:,.0f}" for number in UPLOADERS),
        ]
        for interval, one in visits.items()
    ]
    counted = ", ".join(f"{default[name]:,.0f} {label}" for name, label in COUNTED.items())
    return "\n".join(
        [
            f"One visit, an update every {INTERVALS_MS[0] / 1000:g} s: {counted}.\n",
            table(head, rows),
            "\nThe same with pipelines that report less often:\n",
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
    text = report({interval: visit(interval, stack) for interval in INTERVALS_MS}, stack)
    print(text)
    if arguments.write:
        write_section("scale-and-cost.md", "uploaders", text)


if __name__ == "__main__":
    main()
