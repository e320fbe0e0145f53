"""What a due connection costs the sweep in CPU, against one bare boto3 UpdateItem measured beside it.

    make benchmark-sweep           (or: .venv/bin/python -m benchmarks.functions.sweep [--rounds 15] [--due 400])

The whole handler runs, with boto3 as in production, against stubs of DynamoDB and of the management API in another
process (benchmarks/functions/stub.py), so that only our side's CPU counts. Rounds are interleaved; medians are
printed. The goal is at most twice the UpdateItem. From the CPU follows how many due connections one invocation handles.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import urllib.request
from collections.abc import Callable
from itertools import cycle, islice
from statistics import median
from typing import Any, NamedTuple

from benchmarks.functions.cold_start import deployment
from benchmarks.functions.stub import running_stub
from benchmarks.harness.processes import CREDENTIALS
from benchmarks.harness.steps import steps
from testing.lambda_context import Context

SECONDS_OF_WORK = 45  # of the 55 that an invocation has: then it stops taking work
POSTS_PER_SECOND = 1000  # what all sweeps together may send, so that push is never starved
GOAL = 2.0
# Of 20 due connections: most have spoken since they were armed, the others are quiet, idle or at an end.
MIXES = {
    "all waiting": ["waiting"],
    "all pinged": ["pinged"],
    "typical": ["waiting"] * 13 + ["pinged"] * 3 + ["warned"] * 3 + ["closed"],
}
POSTS = {"waiting": 0, "pinged": 1, "warned": 1, "closed": 1}


class Sample(NamedTuple):
    """Seconds of CPU for one due connection, and for one UpdateItem at about the same moment."""

    cpu: float
    update_item: float

    @property
    def ratio(self) -> float:
        return self.cpu / self.update_item


def main() -> None:
    arguments = _arguments()
    with running_stub() as url:
        os.environ.update(_environment(url))
        measured = _measure(url, arguments.rounds, arguments.due)
    update = median(sample.update_item for samples in measured.values() for sample in samples)
    print(f"bare boto3 UpdateItem: {update * 1e6:.0f} µs of CPU, median of {arguments.rounds} rounds")
    for mix, kinds in MIXES.items():
        _print(mix, kinds, measured[mix])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--due", type=int, default=400, help="due connections in each round")
    return parser.parse_args()


def _print(mix: str, kinds: list[str], samples: list[Sample]) -> None:
    cpu, ratios = median(sample.cpu for sample in samples), [sample.ratio for sample in samples]
    ratio = median(ratios)
    verdict = "reached" if ratio <= GOAL else "missed"
    print(f"{mix:12} {cpu * 1e6:7.0f} µs  {ratio:.2f} x  [{min(ratios):.2f}-{max(ratios):.2f}]  goal {GOAL} {verdict}")
    posts = sum(POSTS[kind] for kind in kinds) / len(kinds)
    by_cpu = int(SECONDS_OF_WORK / cpu)
    by_pace = int(SECONDS_OF_WORK * POSTS_PER_SECOND / posts) if posts else None
    limit = "" if by_pace is None else f"; {by_pace:,} by the pace of its posts"
    print(f"{'':12} one invocation: {by_cpu:,} due connections in {SECONDS_OF_WORK} s at this CPU and 1 vCPU{limit}")


def _measure(url: str, rounds: int, due: int) -> dict[str, list[Sample]]:
    """Round by round and mix by mix, the yardstick before and after each; the first round only warms up."""
    from handlers import sweep

    measured: dict[str, list[Sample]] = {mix: [] for mix in MIXES}
    update = _bare_update(url)

    def yardstick() -> float:
        return _cpu(lambda: [update() for _ in range(due // 8)]) / (due // 8)

    for number in steps(range(rounds + 1), "round"):
        for mix, kinds in MIXES.items():
            _set_due(url, [f"{kind}-{index}=" for index, kind in enumerate(islice(cycle(kinds), due))])
            before = yardstick()
            cpu = _cpu(lambda: _expect(sweep.handler({}, Context()), due)) / due
            if number:
                measured[mix].append(Sample(cpu, (before + yardstick()) / 2))
    return measured


def _expect(counts: dict[str, int], due: int) -> None:
    if sum(counts.values()) != due or counts.keys() & {"lost", "unfinished", "early"}:
        raise RuntimeError(f"the sweep did not do what the mix asks for: {counts}")


def _cpu(work: Callable[[], Any]) -> float:
    """Seconds of CPU of this process, all threads together."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _bare_update(url: str) -> Callable[[], Any]:
    """One conditional UpdateItem as anybody would write it: the yardstick."""
    import boto3

    client = boto3.client("dynamodb", endpoint_url=url)
    return lambda: client.update_item(
        TableName="connections",
        Key={"userId": {"S": "alice"}, "connectionId": {"S": "A="}},
        UpdateExpression="SET dueAt = :due",
        ConditionExpression="dueAt = :read",
        ExpressionAttributeValues={":due": {"N": "1767225600000"}, ":read": {"N": "1767225540000"}},
    )


def _set_due(url: str, ids: list[str]) -> None:
    request = urllib.request.Request(f"{url}/due", json.dumps(ids).encode())
    with urllib.request.urlopen(request):
        pass


def _environment(url: str) -> dict[str, str]:
    """The variables of the function as it is deployed, with the addresses of the stubs."""
    declared = deployment().functions["SweepFunction"].environment
    return {**declared, **CREDENTIALS, "MANAGEMENT_ENDPOINT": f"{url}/prod", "AWS_ENDPOINT_URL_DYNAMODB": url}


if __name__ == "__main__":
    main()
