"""`make load-and-faults CHECKOUT=folder`: extreme loads and faults, on this emulator and on that of another checkout.

    python -m benchmarks.crowd.extremes CHECKOUT [--only TEXT] [--connections 15000] [--rows 10000] [--write]

Each row of the table is one kind of trouble. It fails if a last state is lost or a frame is misdelivered. `disk full`
mounts a small file system, so it needs root on Linux.
"""

from __future__ import annotations

import argparse
import base64
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.crowd.pipeline import Invoke, Pipeline, Truth, Update, invoking
from benchmarks.crowd.verdict import Verdict, judge
from benchmarks.crowd.watching import crowd, report
from benchmarks.harness import processes
from benchmarks.harness.processes import Server
from benchmarks.harness.report import benchmark_parser, machine
from benchmarks.harness.section import table, write_section
from testing.provider import jwks_server

Start = Callable[..., Any]  # of one side's emulator: the arguments of `processes.emulator` after its template
SETTLE_SECONDS, MAX_SECONDS, RETRY_SECONDS = 3.0, 600.0, 0.2
RATE, RUN_SECONDS = 10.0, 20.0
CONNECTIONS = 5  # of each user
ONE_USER = [["user-0"]]
UNREAD_EVERY = 100
BATCH = 100  # updates of one push
BLOCK = b"\0" * 4096


def main() -> int:
    given = arguments()
    sides = {"emulator": processes.ROOT, "against": given.checkout.absolute()}
    head = [f"{machine()}: trouble", *sides]
    rows, holds = [], True
    for name, trouble in troubles(given).items():
        if given.only not in name:
            continue
        found = [
            trouble(partial(processes.emulator, processes.PRODUCT, cpu=None, cwd=folder)) for folder in sides.values()
        ]
        holds = holds and found[0][1]
        rows.append([name, *(text for text, _ in found)])
        print(" | ".join(rows[-1]), flush=True)
    if given.write:
        write_section("operations.md", "extremes", f"{table(head, rows)}\n\n{date.today()}.")
    return 0 if holds else 1


def arguments() -> argparse.Namespace:
    parser = benchmark_parser("benchmarks.crowd.extremes", __doc__, "operations.md")
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--only", default="", help="only troubles whose names contain this")
    parser.add_argument("--connections", type=int, default=15_000, help="of which 1 %% do not read")
    parser.add_argument("--rows", type=int, default=10_000, help="connections that are due, and uploads of one user")
    return parser.parse_args()


def troubles(given: argparse.Namespace) -> dict[str, Callable[[Start], tuple[str, bool]]]:
    return {
        f"{given.connections:,} connections, 1 % do not read": partial(unread, given.connections),
        f"{given.rows:,} connections without sockets due at once": partial(due_at_once, given.rows),
        f"one user with {given.rows:,} uploads": partial(many_uploads, given.rows),
        "the emulator killed and started again": killed,
        "disk full": full_disk,
    }


def unread(connections: int, start: Start) -> tuple[str, bool]:
    """Two processes of clients; one connection of a hundred reads nothing after its first snapshot."""
    users = [f"user-{number}" for number in range(connections // 5)]
    half = len(users) // 2
    with start() as server:
        began = time.monotonic()
        with crowd(server.system, [users[:half], users[half:]], CONNECTIONS, UNREAD_EVERY) as watched:
            took = time.monotonic() - began
            truth = pushed(users, pushing(server))
            verdict = judge(truth, map(report, watched))
    return f"{said(verdict)}; {took:.0f} s to connect", verdict.holds


def due_at_once(rows: int, start: Start) -> tuple[str, bool]:
    """Copies the row of a real connection under other ids, without sockets: each is due, and gone when it is pinged."""
    with start("--no-schedules") as server, crowd(server.system, ONE_USER, CONNECTIONS) as watched:
        dynamodb, sweep = server.system.client("dynamodb"), server.system.client("lambda")
        name = next(one for one in dynamodb.list_tables()["TableNames"] if one.endswith("ConnectionsTable"))
        row = dynamodb.scan(TableName=name)["Items"][0]
        for number in range(rows):
            dynamodb.put_item(TableName=name, Item=row | overdue(number))
        began, sweeps = time.monotonic(), 0
        while (left := copies(dynamodb, name)) > 0 and time.monotonic() - began < MAX_SECONDS:
            sweep.invoke(FunctionName="SweepFunction", Payload=b"{}")["Payload"].read()
            sweeps += 1
        took = time.monotonic() - began
        truth = pushed(["user-0"], pushing(server))
        verdict = judge(truth, map(report, watched))
    return f"{said(verdict)}; {sweeps} sweeps, {took:.0f} s; {left} rows left", verdict.holds and left == 0


def overdue(number: int) -> dict[str, Any]:
    long_ago = {"N": str(int((time.time() - 3600) * 1000))}
    times = dict.fromkeys(("connectedAt", "lastSeenAt", "lastActiveAt", "dueAt"), long_ago)
    identity = base64.urlsafe_b64encode(number.to_bytes(11, "big")).decode()  # as long as those of a gateway
    return {"userId": {"S": f"gone-{number}"}, "connectionId": {"S": identity}, **times}


def copies(dynamodb: Any, name: str) -> int:
    """Returns how many of the copied rows are left."""
    asked = {"FilterExpression": "begins_with(userId, :gone)", "ExpressionAttributeValues": {":gone": {"S": "gone-"}}}
    pages = dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT", **asked)
    return sum(page["Count"] for page in pages)


def many_uploads(uploads: int, start: Start) -> tuple[str, bool]:
    """A hundred uploads in each push. The user has five connections, and five more that come after them."""
    truth: Truth = {"user-0": {}}
    with start() as server, crowd(server.system, ONE_USER, CONNECTIONS) as watched:
        invoke, began = pushing(server), time.monotonic()
        for first in range(0, uploads, BATCH):
            updates = [ended(number) for number in range(first, first + BATCH)]
            invoke({"updates": updates})
            truth["user-0"] |= {one["uploadId"]: (1, one["rev"], one["status"]) for one in updates}
        took, began = time.monotonic() - began, time.monotonic()
        with crowd(server.system, ONE_USER, CONNECTIONS):
            joined = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        verdict = judge(truth, map(report, watched))
    return f"{said(verdict)}; {uploads / took:.0f} updates/s; a late client is there in {joined:.1f} s", verdict.holds


def ended(number: int) -> Update:
    about = {"userId": "user-0", "uploadId": f"upload-{number}", "fileName": "a.bin", "status": "completed"}
    return {**about, "bytesUploaded": 10, "bytesTotal": 10, "attempt": 1, "rev": int(time.time() * 1000)}


def killed(start: Start) -> tuple[str, bool]:
    """SIGKILL in the middle of a run, and another emulator on the same ports. Pipelines try again until it is there."""
    users = [f"user-{number}" for number in range(100)]
    with ExitStack() as stack:
        keys = stack.enter_context(jwks_server())  # outlives the emulator, as tokens do
        trusting = partial(start, "--parameter", f"JwksUrl={keys.url}")
        server = stack.enter_context(trusting())
        with urllib.request.urlopen(f"{server.url}/_emulator/identity/jwks.json") as published:
            keys.document = published.read()
        watched = stack.enter_context(crowd(server.system, [users], CONNECTIONS))
        invoke = persistent(pushing(server))
        state = {"down": 0.0}

        def restart(elapsed: float) -> None:
            if elapsed > RUN_SECONDS / 2 and not state["down"]:
                state["down"] = time.monotonic()
                server.process.kill()
                server.process.wait()
                stack.enter_context(trusting(ports=(server.port, server.aws_port)))
                state["down"] = time.monotonic() - state["down"]

        truth = pushed(users, invoke, restart)
        verdict = judge(truth, map(report, watched))
    return f"{said(verdict)}; {state['down']:.1f} s down", verdict.holds


def persistent(invoke: Invoke) -> Invoke:
    """Tries again as long as no emulator answers, as reporters do."""

    def invoke_until_answered(update: Update) -> dict[str, Any]:
        end = time.monotonic() + MAX_SECONDS
        while time.monotonic() < end:
            with suppress(BotoCoreError, ClientError):
                return invoke(update)
            time.sleep(RETRY_SECONDS)
        raise TimeoutError("no emulator answers")

    return invoke_until_answered


def full_disk(start: Start) -> tuple[str, bool]:
    """Temporary files of emulator and functions are on a file system that is full once they have started."""
    users = [f"user-{number}" for number in range(20)]
    with (
        small_disk() as folder,
        start(variables={"TMPDIR": str(folder)}) as server,
        crowd(server.system, [users], CONNECTIONS) as watched,
    ):
        fill(folder)
        truth = pushed(users, pushing(server))
        verdict = judge(truth, map(report, watched))
    return said(verdict), verdict.holds


def fill(folder: Path) -> None:
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while filler.write(BLOCK):
            pass


@contextmanager
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def pushed(users: list[str], invoke: Invoke, every_second: Callable[[float], None] = lambda elapsed: None) -> Truth:
    """Runs pipelines and waits for their last frames; returns how every upload truly stands."""
    pipeline = Pipeline(users, invoke, random.Random(1))
    pipeline.run(RATE, RUN_SECONDS, every_second)
    time.sleep(SETTLE_SECONDS)
    return pipeline.truth


def pushing(server: Server) -> Invoke:
    return invoking(server.system.client("lambda"), "PushFunction")


def said(verdict: Verdict) -> str:
    return f"{verdict.lost} lost, {verdict.foreign} misdelivered, p99 {verdict.latency_ms(0.99)} ms"


if __name__ == "__main__":
    sys.exit(main())
