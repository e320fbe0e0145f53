"""`make benchmark-against CHECKOUT=folder`: this emulator beside that of another checkout, in one run.

    python -m benchmarks.emulator.against CHECKOUT [--rounds 5] [--seconds 10] [--write]

Each round starts both anew, in turn, with fifty connections and without a fixed processor. The other runs its functions
as it does by default, but for the first row in processes. `hello` and memory are those of each checkout's own template.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.emulator.__main__ import tokens
from benchmarks.harness import processes
from benchmarks.harness.processes import PRODUCT, ROOT, Server
from benchmarks.harness.report import Report, benchmark_parser, machine

ECHO = str(ROOT / "benchmarks/echo/template.yaml")
CONNECTIONS = 50
HELLOS = 300
FUNCTIONS = ("Authorizer", "Connect", "Disconnect", "Default", "Push", "Sweep")
SETTLE_SECONDS = 5.0  # after which functions have been initialised


def main() -> None:
    parser = benchmark_parser("benchmarks.emulator.against", __doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    report = Report(("", "emulator", "against", "ratio", "goal"), f"{machine()}; not pinned; medians")
    other, rounds, seconds = given.checkout.absolute(), given.rounds, given.seconds
    echo, process = "echo, route response", ["--isolation", "process"]
    first = compare(rounds, other, lambda server: load(server, "first", seconds), process)
    add(report, f"{echo}, first {seconds:.0f} s; against processes", first, ">= 10")
    warm = [warm_echo(seconds) for _ in range(rounds)]
    add(report, f"{echo}, warm; against `runtime_floor.py`", (*zip(*warm, strict=True),), ">= 0.5")
    reply = compare(rounds, other, lambda server: load(server, "reply", seconds))
    add(report, "reply by `post_to_connection` in the handler", reply, ">= 1.5")
    add(report, "`hello` of `DefaultFunction`", compare(rounds, other, hello, template=PRODUCT), ">= 1.5")
    memory = compare(rounds, other, called_memory, template=PRODUCT)
    add(report, "memory after a call of each function, PSS in MB", memory, "<= 2")
    if given.write:
        report.write("against")


def add(report: Report, name: str, found: tuple[tuple[float, ...], ...], goal: str) -> None:
    report.pairs(name, list(zip(*found, strict=True)), "{:.0f}", goal)


def compare(
    rounds: int,
    other: Path,
    measure: Callable[[Server], float],
    arguments: list[str] | None = None,
    template: str = ECHO,
) -> tuple[tuple[float, ...], ...]:
    """Returns what was measured in each round, of this emulator and of the other."""
    found: dict[Path, list[float]] = {ROOT: [], other: []}
    for number in range(rounds):
        for folder in (ROOT, other) if number % 2 == 0 else (other, ROOT):
            more = [] if folder == ROOT else arguments or []
            with processes.emulator(template, *more, cpu=None, cwd=folder) as server:
                found[folder].append(measure(server))
    return tuple(found[ROOT]), tuple(found[other])


def load(server: Server, what: str, seconds: float) -> float:
    """Returns messages per second."""
    result = processes.load(what, str(server.port), str(CONNECTIONS), str(seconds), cpu=None)
    return float(result["rate"])


def warm_echo(seconds: float) -> tuple[float, float]:
    """Returns messages per second, and those of AWS's runtime client without an emulator."""
    with processes.emulator(ECHO, cpu=None) as server:
        load(server, "echo", seconds)
        rate = load(server, "echo", seconds)
    command = [sys.executable, "-m", "benchmarks.runtime_floor", "8", str(seconds)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return rate, float(json.loads(printed)["per_second"])


def hello(server: Server) -> float:
    """Returns messages per second whose `welcome` and `snapshot` have come, on connections that are open."""
    with ExitStack() as stack:
        users = [f"user-{number}" for number in range(HELLOS // 5)]
        file = tokens(stack, server, users)
        result = processes.load("hello", str(server.port), str(CONNECTIONS), str(HELLOS), file, cpu=None)
    return float(result["rate"])


def called_memory(server: Server) -> float:
    """Returns the proportional set size of all processes in MB."""
    time.sleep(SETTLE_SECONDS)
    for name in FUNCTIONS:
        url = f"{server.url}/2015-03-31/functions/{name}Function/invocations"
        with urllib.request.urlopen(urllib.request.Request(url, b"{}", method="POST")) as answer:
            answer.read()
    return server.memory()["Pss"] / 1e6


if __name__ == "__main__":
    main()
