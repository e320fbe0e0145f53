"""`make benchmark-push`: a broadcast through our engine beside the same through boto3 with 32 threads.

Both post to the same stub of the management API (benchmarks/push/gateway.py), a process of its own on a CPU of its own
where there are two; each round starts each sender in a fresh process, one after the other. boto3 trusts its own bundle
of roots, as it does in production, and ours Amazon's five; the stub's authority is added to both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import botocore

from benchmarks.harness.certificates import make_certificates
from benchmarks.harness.processes import LOAD, SERVERS, Server, printed_port, started_process
from benchmarks.harness.report import Report, benchmark_parser, machine
from infra.amazon_roots import AMAZON_ROOTS
from infra.gateway.sender.timeouts import Timeouts

OURS, BOTO3 = "ours", "boto3"
LATENCY = 0.020


@dataclass(frozen=True)
class Setting:
    """One stub, how many connections a broadcast has, and how many links ours may open, if not as many as it does."""

    number: int
    tls: bool = False
    latency: float = 0.0
    faults: bool = False
    links: int = Timeouts().max_connections


BARE = [Setting(number) for number in (1, 5, 10, 1000)]
FIRST = [Setting(number, tls=True) for number in (1, 5, 10)]
FAR = Setting(1000, tls=True, latency=LATENCY)
FEWER_LINKS = Setting(1000, tls=True, latency=LATENCY, links=128)
FAULTS = Setting(1000, tls=True, latency=LATENCY, faults=True)


@dataclass(frozen=True)
class Taken:
    """Medians of all rounds, in seconds; `stub` is the stub's CPU for one delivery."""

    first: float
    warm: float
    warm_cpu: float
    stub: float


class Bench:
    """Runs senders against stubs, and keeps the certificates of both."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self._rounds = rounds
        made = make_certificates(folder)
        self._certificate = str(made.server)
        authority = made.authority.read_text()
        bundles = {OURS: Path(AMAZON_ROOTS), BOTO3: Path(botocore.__file__).with_name("cacert.pem")}
        self._roots = {name: folder / f"{name}.pem" for name in bundles}
        for name, bundle in bundles.items():
            self._roots[name].write_text(bundle.read_text(encoding="utf-8") + authority)

    def run(self, setting: Setting, *senders: str) -> dict[str, Taken]:
        """Each sender in turn, round by round."""
        runs: dict[str, list[Any]] = defaultdict(list)
        stub: dict[str, float] = defaultdict(float)
        with self._stub(setting) as server:
            for _ in range(self._rounds):
                for name in senders:
                    before = server.cpu_seconds()
                    runs[name].append(self._send(name, setting, server.port))
                    stub[name] += server.cpu_seconds() - before
        return {name: _taken(runs[name], stub[name] / self._rounds, setting.number) for name in senders}

    def _stub(self, setting: Setting) -> AbstractContextManager[Server]:
        arguments = ["-m", "benchmarks.push.gateway", "--latency", str(setting.latency)]
        arguments += ["--certificate", self._certificate] if setting.tls else []
        return printed_port(arguments, SERVERS)

    def _send(self, name: str, setting: Setting, port: int) -> Any:
        url = f"http{'s' if setting.tls else ''}://localhost:{port}/prod"
        arguments = ["-m", "benchmarks.push.senders", name, url, str(setting.number)]
        arguments += ["--roots", str(self._roots[name])] if setting.tls else []
        arguments += ["--links", str(setting.links), *(["--faults"] if setting.faults else [])]
        with started_process(arguments, LOAD, stdout=subprocess.PIPE) as process:
            printed, _ = process.communicate(timeout=120)
        return json.loads(printed)


def _taken(runs: list[Any], stub_cpu: float, number: int) -> Taken:
    warm = [one for run in runs for one in run["warm"]]
    broadcasts = 1 + len(runs[0]["warm"])
    return Taken(
        median(run["first"]["wall"] for run in runs),
        median(one["wall"] for one in warm),
        median(one["cpu"] for one in warm) / number,
        stub_cpu / broadcasts / number,
    )


def without_latency(bench: Bench, report: Report) -> None:
    for setting in BARE:
        ours, theirs = _both(bench, setting)
        goal = ">= 20" if setting.number == 1000 else ""
        name, faster = f"{setting.number}, no latency, deliveries/s", theirs.warm / ours.warm
        report.row(name, per_second(setting, ours), per_second(setting, theirs), faster, goal)
    cheaper = ours.warm_cpu / theirs.warm_cpu
    report.row("the same, CPU for each delivery", us(ours.warm_cpu), us(theirs.warm_cpu), cheaper, "<= 0.05")
    report.row("the same, the stub's own CPU", us(ours.stub), us(theirs.stub), ours.stub / theirs.stub)


def first_of_a_process(bench: Bench, report: Report) -> None:
    for setting in FIRST:
        ours, theirs = _both(bench, setting)
        name = f"{setting.number}, TLS, first broadcast of a process"
        report.row(name, ms(ours.first), ms(theirs.first), ours.first / theirs.first, "<= 0.33")


def far_away(bench: Bench, report: Report) -> None:
    name = "1000, TLS, 20 ms away"
    for setting in (FEWER_LINKS, FAR):
        [ours] = bench.run(setting, OURS).values()
        floor = setting.number / setting.links * setting.latency
        share = f"{name}: share of {setting.links} links' floor"
        report.row(share, ms(ours.warm), ms(floor), floor / ours.warm, ">= 0.7" if setting is FEWER_LINKS else "")
    ours, theirs = _both(bench, FAR)
    report.row(f"{name}: times as fast", ms(ours.warm), ms(theirs.warm), theirs.warm / ours.warm, ">= 6")
    report.row(f"{name}: first broadcast", ms(ours.first), ms(theirs.first), theirs.first / ours.first, ">= 4")
    ours, theirs = _both(bench, FAULTS)
    report.row(f"{name}: 2.5 % gone, 2.5 % busy", ms(ours.warm), ms(theirs.warm), theirs.warm / ours.warm)


def _both(bench: Bench, setting: Setting) -> tuple[Taken, Taken]:
    taken = bench.run(setting, OURS, BOTO3)
    return taken[OURS], taken[BOTO3]


def per_second(setting: Setting, taken: Taken) -> str:
    return f"{setting.number / taken.warm:,.0f}"


def us(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs"


def ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"


def main() -> int:
    parser = benchmark_parser("benchmarks.push", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each sender is measured")
    parser.add_argument("--quick", action="store_true", help="a first look: 2 rounds")
    given = parser.parse_args()
    rounds = 2 if given.quick else given.rounds
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), rounds)
        conditions = f"{machine()}; one message of 400 bytes; medians of {rounds} rounds"
        report = Report(("connections", "this product", "boto3", "ratio", "goal"), conditions)
        for measure in (without_latency, first_of_a_process, far_away):
            measure(bench, report)
    if given.write:
        report.write("push")
    return 0


if __name__ == "__main__":
    sys.exit(main())
