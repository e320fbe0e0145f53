"""`make benchmark-matching`: the CPU of matching events against rules, beside moto's matcher in the same run."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from moto.events.models import EventPattern as MotoPattern

from benchmarks.harness.report import Report, benchmark_parser, machine
from local_emulator.event_patterns.leaves import leaves_of
from local_emulator.event_patterns.pattern import parse_pattern

SOURCES, KINDS = ("shop", "uploads", "billing", "aws.s3"), ("Created", "Changed", "Deleted")
GOAL = 0.2


def pattern(chance: random.Random) -> dict[str, Any]:
    """Returns a pattern as rules have them: source and type, and one to three fields of the detail."""
    fields: list[tuple[str, list[Any]]] = [
        ("status", [chance.choice(["new", "done", "failed"])]),
        ("name", [{"prefix": chance.choice("abc")}]),
        ("size", [{"numeric": [">", chance.randrange(500), "<=", 900]}]),
        ("kind", [{"anything-but": ["x", "y"]}]),
        ("owner", [{"exists": chance.random() < 0.5}]),
    ]
    detail = dict(chance.sample(fields, chance.randint(1, 3)))
    return {
        "source": chance.sample(SOURCES, 2),
        "detail-type": [chance.choice(KINDS)],
        "detail": detail | {"bucket": {"name": [f"bucket-{chance.randrange(5)}", "any"]}},
    }


def event(chance: random.Random) -> dict[str, Any]:
    """Returns an event of twenty fields."""
    detail: dict[str, Any] = {
        "status": chance.choice(["new", "done", "failed"]),
        "name": chance.choice(["apple", "bread", "cheese"]),
        "size": chance.randrange(1000),
        "kind": chance.choice("xyz"),
        "bucket": {"name": f"bucket-{chance.randrange(5)}"},
        **{f"other{number}": {"value": number} for number in range(8)},
    }
    if chance.random() < 0.5:
        detail["owner"] = "ann"
    times = {"time": "2026-01-01T00:00:00Z", "region": "us-east-1", "account": "123456789012", "resources": []}
    return {"source": chance.choice(SOURCES), "detail-type": chance.choice(KINDS), "detail": detail, **times}


def main() -> int:
    parser = benchmark_parser("benchmarks.aws.matching", __doc__)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    chance = random.Random(1)
    texts = [json.dumps(pattern(chance)) for _ in range(given.rules)]
    events = [event(chance) for _ in range(given.events)]
    ours, theirs = emulators_matcher(texts), motos_matcher(texts)
    if ours(events) != theirs(events):
        raise RuntimeError("the matchers disagree, so their times compare nothing")
    a, b = (
        median(column)
        for column in zip(*((cpu(ours, events), cpu(theirs, events)) for _ in range(given.rounds)), strict=True)
    )
    report = Report(("CPU", "emulator", "moto's matcher", "ratio", "goal"), f"{machine()}; medians")
    name = f"{given.events} events, {given.rules} rules"
    report.row(name, f"{a * 1e3:.0f} ms", f"{b * 1e3:.0f} ms", a / b, f"≤ {GOAL}")
    if given.write:
        report.write("matching")
    return 0 if a / b <= GOAL else 1


def emulators_matcher(texts: list[str]) -> Callable[[list[Any]], int]:
    """Returns what counts the matches of events; the leaves of an event are found once for all rules."""
    patterns = [parse_pattern(text) for text in texts]

    def count(events: list[Any]) -> int:
        found = 0
        for one in events:
            leaves = leaves_of(one)
            found += sum(pattern.matches_leaves(leaves) for pattern in patterns)
        return found

    return count


def motos_matcher(texts: list[str]) -> Callable[[list[Any]], int]:
    """Returns what counts the matches of events by moto's matcher."""
    patterns = [MotoPattern.load(text) for text in texts]
    return lambda events: sum(pattern.matches_event(one) for one in events for pattern in patterns)


def cpu(count: Callable[[list[Any]], int], events: list[Any]) -> float:
    """Returns the seconds of CPU of one round."""
    before = time.process_time()
    count(events)
    return time.process_time() - before


if __name__ == "__main__":
    raise SystemExit(main())
