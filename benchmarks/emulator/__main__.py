"""`make benchmark-emulator`: the emulator's promises, each beside a bare aiohttp server measured in the same run.

Every server, every crowd of clients and the load generator are processes of their own, on loopback. Rounds alternate
between the two that are compared, and the medians count: machines are shared, and only ratios travel.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import processes
from benchmarks.harness.processes import PRODUCT, Server, identity
from benchmarks.harness.report import Report, benchmark_parser, machine
from local_emulator.template.reader import read_template

BEGAN = int(time.time() * 1000) - 60_000  # revs count from here
ECHO = "benchmarks/echo/template.yaml"
MAX_PER_USER = 10
CREATION = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema", "TableName")
CYCLES = 10_000


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    seconds: float
    idle: int
    held: int
    others: int
    pushes: int


FULL = Size(rounds=5, seconds=1.5, idle=2000, held=10_000, others=10_000, pushes=60)
QUICK = Size(rounds=2, seconds=0.5, idle=500, held=1_000, others=300, pushes=20)


def main() -> int:
    parser = benchmark_parser("benchmarks.emulator", __doc__)
    parser.add_argument("--quick", action="store_true", help="a first look, in less than a minute")
    parser.add_argument("--rounds", type=int, help="how often each rate is measured")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    size = replace(size, rounds=given.rounds or size.rounds)
    report = Report(("", "emulator", "against", "ratio", "goal"), conditions())
    for measure in (start_to_ready, rates, idle_memory, hold_many, push_among_others):
        measure(size, report)
    if given.write:
        report.write("emulator")
    return 0


def conditions() -> str:
    cpus = processes.CPUS
    pinned = f"servers on CPU {cpus[0]}, load on CPU {cpus[-1]}" if processes.PINNED else "not pinned"
    return f"{machine()}; {pinned}; medians"


def start_to_ready(size: Size, report: Report) -> None:
    """Against a process that imports boto3, moto and aiohttp and creates the same tables."""
    tables = json.dumps(declared_tables())
    ours, theirs = [], []
    for _ in range(size.rounds + 1):
        with processes.emulator(PRODUCT) as server:
            ours.append(server.seconds_to_ready)
        started = time.perf_counter()
        with processes.started_process(["-m", "benchmarks.emulator.start", tables], processes.SERVERS) as process:
            process.wait()
            theirs.append(time.perf_counter() - started)
    a, b = median(ours[1:]), median(theirs[1:])  # the first of each writes byte code and fills the page cache
    report.row("start to ready, `template.yaml`", f"{a:.2f} s", f"{b:.2f} s", a / b, "<= 1.8 of imports and tables")


def declared_tables() -> list[dict[str, Any]]:
    tables = read_template(Path(PRODUCT), dict(pair.split("=", 1) for pair in identity(1)[1::2])).tables.values()
    wanted = [{k: v for k, v in t.properties.items() if k in CREATION} | {"TableName": t.name} for t in tables]
    return [{"BillingMode": "PAY_PER_REQUEST"} | table for table in wanted]


def rates(size: Size, report: Report) -> None:
    with processes.emulator(ECHO) as ours, processes.bare() as bare:
        for connections in (1, 50, 200):
            compare_rates(f"echo, {connections} connections", "echo", connections, ours, bare, size, report)
        compare_rates("pushes through @connections", "push", 50, ours, bare, size, report)
        compare_rates("connects", "connect", 20, ours, bare, size, report)


def compare_rates(
    name: str, what: str, connections: int, ours: Server, bare: Server, size: Size, report: Report
) -> None:
    a: list[tuple[float, float]] = []
    b: list[tuple[float, float]] = []
    for _ in range(size.rounds):
        for server, results in ((ours, a), (bare, b)):
            before = server.cpu_seconds()
            result = processes.load(what, str(server.port), str(connections), str(size.seconds))
            if result["failed"]:
                raise RuntimeError(f"{name}: {result['failed']} failed")
            results.append((result["rate"], (server.cpu_seconds() - before) / result["total"] * 1e6))
    rate_ours, rate_bare = (median(rate for rate, _ in results) for results in (a, b))
    ratio = median(one[0] / other[0] for one, other in zip(a, b, strict=True))
    report.row(name, f"{rate_ours:.0f}/s", f"{rate_bare:.0f}/s", ratio)
    cpu_ours, cpu_bare = (median(cpu for _, cpu in results) for results in (a, b))
    report.row("    by CPU of the server", f"{cpu_ours:.0f} us", f"{cpu_bare:.0f} us", cpu_bare / cpu_ours)


def idle_memory(size: Size, report: Report) -> None:
    """What a connection adds after so many have come and gone that all else is there: threads, arenas, and what the
    inspector remembers at most."""
    ours = per_connection(lambda: processes.emulator(ECHO), size.idle)
    bare = per_connection(processes.bare, size.idle)
    for kind in ours:
        name, ratio = f"memory per idle connection, {kind.upper()}", ours[kind] / bare[kind]
        report.row(name, f"{ours[kind]:.0f} B", f"{bare[kind]:.0f} B", ratio, "<= 1.3")


def per_connection(start: Callable[[], Any], connections: int) -> dict[str, float]:
    with start() as server:
        processes.load("cycle", str(server.port), "20", str(CYCLES))
        time.sleep(0.5)
        before = server.memory()
        with processes.held(server, connections) as held:
            time.sleep(0.5)
            after = server.memory()
    return {kind: (after[kind] - before[kind]) / held for kind in before}


def hold_many(size: Size, report: Report) -> None:
    """Clients in processes of their own, as many as the limit on open files asks for."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with processes.emulator(ECHO) as server, ExitStack() as crowds:
        held = sum(crowds.enter_context(processes.held(server, size.held // 4)) for _ in range(4))
        memory, rate = server.memory(), processes.load("echo", str(server.port), "50", str(size.seconds))["rate"]
    report.row(f"{size.held} idle connections held (limit {hard})", f"{held}", f"{size.held}", held / size.held, "= 1")
    print(f"{'':44} {memory['Rss'] / 1e6:.0f} MB in all; 50 more connections echo {rate:.0f}/s")


def push_among_others(size: Size, report: Report) -> None:
    """Two systems side by side, one with 10 others and one with thousands; pushes alternate between them."""
    with crowded(10) as few, crowded(size.others) as many:
        times: tuple[list[float], list[float]] = [], []
        for number in range(size.pushes):
            for system, results in zip((few, many), times, strict=True):
                started = time.perf_counter()
                push(system, number)
                results.append(time.perf_counter() - started)
    few_ms, many_ms = (median(results[5:]) * 1000 for results in times)
    name = f"push to one user, {size.others} others connected"
    report.row(name, f"{many_ms:.1f} ms", f"{few_ms:.1f} ms", many_ms / few_ms, "<= 1.5 of 10 others")


@contextmanager
def crowded(others: int) -> Iterator[Server]:
    """Our own system with one user to push to and so many others connected."""
    with ExitStack() as stack:
        server = stack.enter_context(processes.emulator(PRODUCT))
        stack.enter_context(processes.held(server, 2, "/ws/upload-progress", tokens(stack, server, ["target"])))
        users = [f"user-{number}" for number in range(-(-others // MAX_PER_USER))]
        held = stack.enter_context(processes.held(server, others, "/ws/upload-progress", tokens(stack, server, users)))
        if held != others:
            raise RuntimeError(f"only {held} of {others} could connect")
        yield server


def tokens(stack: ExitStack, server: Server, users: list[str]) -> str:
    """A file with a token for each user."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    file = Path(folder) / "tokens"
    file.write_text("\n".join(map(server.system.token, users)))
    return str(file)


def push(server: Server, number: int) -> None:
    update: dict[str, Any] = {"userId": "target", "uploadId": "upload-1", "fileName": "a.bin", "status": "uploading"}
    update |= {"bytesUploaded": number, "bytesTotal": 1000, "rev": BEGAN + number}
    answer = server.system.push(update)
    if answer.get("delivered") != 2:
        raise RuntimeError(f"not delivered: {answer}")


if __name__ == "__main__":
    sys.exit(main())
