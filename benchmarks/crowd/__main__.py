"""`make load-held`: a thousand users with five connections each, pushed to twenty times a second for ten minutes.

Fails if a last status is lost on any connection, if a frame reaches anybody else, or if memory grows beyond the rows of
the uploads that are stored. With `--url`, `--function` and `--token-command` it watches a deployed stage, with the AWS
credentials of the environment.
"""

from __future__ import annotations

import argparse
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import boto3

from benchmarks.crowd.growth import Growth
from benchmarks.crowd.pipeline import Pipeline, invoking
from benchmarks.crowd.verdict import Verdict, judge
from benchmarks.crowd.watching import crowd, report
from benchmarks.harness import processes
from benchmarks.harness.report import benchmark_parser, machine
from benchmarks.harness.section import table, write_section

PER_PROCESS = 250  # users
SETTLE_SECONDS = 3.0  # for the last frames to arrive


@dataclass(frozen=True)
class MeasuredStage:
    """The stage that the crowd watches: `memory` returns bytes, or 0 where that is unknown."""

    url: str
    function: str
    lambda_client: Any
    token: Callable[[str], str]
    memory: Callable[[], int]


def main() -> int:
    given = arguments()
    conditions = (
        f"{machine()}: {given.users} users with {given.connections} connections each, "
        f"{given.rate:g} updates/s for {given.seconds:g} s"
    )
    print(conditions, flush=True)
    with stage(given) as where:
        verdict, growth = watch(where, given)
    found = figures(verdict, growth)
    print("\n".join(f"{name:30} {value}" for name, value in found))
    print(f"{'messages':30} {dict(sorted(verdict.events.items()))}", flush=True)
    if given.write:
        write_section("operations.md", "load", f"{table([conditions, ''], found)}\n\n{date.today()}.")
    return 0 if verdict.holds and growth.flat else 1


def arguments() -> argparse.Namespace:
    parser = benchmark_parser("benchmarks.crowd", __doc__, "operations.md")
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=5, help="of each user")
    parser.add_argument("--rate", type=float, default=20.0, help="updates per second")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--checkout", type=Path, default=processes.ROOT, help="folder of the emulator that is started")
    parser.add_argument("--url", help="a deployed stage, wss://…; without it an emulator is started")
    parser.add_argument("--function", default="PushFunction", help="what to invoke there")
    parser.add_argument("--token-command", help="prints a token for the user that it is given as its last argument")
    return parser.parse_args()


@contextmanager
def stage(given: argparse.Namespace) -> Iterator[MeasuredStage]:
    if given.url:
        command = shlex.split(given.token_command)

        def printed(user: str) -> str:
            return subprocess.run([*command, user], capture_output=True, text=True, check=True).stdout.strip()

        yield MeasuredStage(given.url, given.function, boto3.client("lambda"), printed, lambda: 0)
        return
    with processes.emulator(processes.PRODUCT, cpu=None, cwd=given.checkout) as server:
        system = server.system
        yield MeasuredStage(
            system.url, given.function, system.client("lambda"), system.token, lambda: server.memory()["Pss"]
        )


def watch(where: MeasuredStage, given: argparse.Namespace) -> tuple[Verdict, Growth]:
    users = [f"user-{number}" for number in range(given.users)]
    pipeline = Pipeline(users, invoking(where.lambda_client, given.function), random.Random(given.users))
    growth = Growth(given.seconds / 5)

    def look(elapsed: float) -> None:
        growth.note(elapsed, where.memory(), sum(map(len, pipeline.truth.values())))

    parts = [users[at : at + PER_PROCESS] for at in range(0, len(users), PER_PROCESS)]
    with crowd(where, parts, given.connections) as watched:
        print(f"{given.users * given.connections} connected", flush=True)
        pipeline.run(given.rate, given.seconds, look)
        time.sleep(SETTLE_SECONDS)
        return judge(pipeline.truth, map(report, watched)), growth


def figures(verdict: Verdict, growth: Growth) -> list[list[str]]:
    return [
        ["connections", str(verdict.connections)],
        ["frames of progress", str(len(verdict.latencies))],
        ["last states lost", str(verdict.lost)],
        ["frames misdelivered", str(verdict.foreign)],
        ["push to frame, p50", f"{verdict.latency_ms(0.5)} ms"],
        ["push to frame, p99", f"{verdict.latency_ms(0.99)} ms"],
        ["memory since the first fifth", f"{growth.share:+.1%}"],
        ["for each upload stored since", f"{growth.bytes_per_upload / 1024:.1f} KB"],
    ]


if __name__ == "__main__":
    sys.exit(main())
