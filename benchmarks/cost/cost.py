"""What an hour of one connection costs under the rules, at heartbeats of 60, 120 and 540 s.

    make benchmark-cost            (or: .venv/bin/python -m benchmarks.cost.cost [--connections 6] [--write])

The functions themselves run, on moto and behind a stub of the management API, under a simulated clock: six
connections of different ages for an hour, after five minutes to settle. Messages and invocations are counted where they
happen. Read and write units are computed from the items by AWS's published rules (benchmarks/simulation/meter.py).
Lambda time cannot be measured here: it is computed from the number of calls that each function makes and the
assumptions below. `--write` puts the tables into docs/scale-and-cost.md. Takes about three minutes.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.simulation.browser import QUIET_MS, Browser
from benchmarks.simulation.world import World, simulated_world
from testing.prices import dollars

HEARTBEATS = (60, 120, 540)


class Kind(NamedTuple):
    """A client: how long it bears silence before it pings, and how often progress is pushed to it."""

    quiet_ms: int | None
    push_seconds: int | None


CLIENTS = {
    "browser library, no upload running": Kind(QUIET_MS, None),
    "browser library, one upload that reports every 10 s": Kind(QUIET_MS, 10),
    "client without pings of its own, no upload running": Kind(None, None),
}
AGES_SPREAD_MS = 6_500_000
SETTLE_MINUTES, MINUTES = 5, 60

# Assumptions about Lambda: what one call to a neighbour takes, in milliseconds, and the CPU it needs of a whole vCPU
# (`make benchmark-sweep` measures that: about 0.5 ms). Lambda gives one vCPU at 1 769 MB, and less in proportion.
CALL_MS = 6.0
CALL_CPU_MS = 0.5
OVERHEAD_CPU_MS = 0.5
FULL_VCPU_MB = 1769
MEMORY_MB = {"authorizer": 512, "connect": 512, "default": 512, "disconnect": 512, "push": 1769, "sweep": 1769}


@dataclass(frozen=True, slots=True)
class Hour:
    """The consumption of one connection in an hour, by the names of testing/prices.py, and the counts behind it."""

    consumed: dict[str, float]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def price(self) -> float:
        return dollars(self.consumed)


def main() -> None:
    parser = benchmark_parser("benchmarks.cost.cost", __doc__, "scale-and-cost.md")
    parser.add_argument("--connections", type=int, default=6)
    arguments = parser.parse_args()
    stack = stack_hour()
    hours = {
        (client, heartbeat): connection_hour(heartbeat, kind, arguments.connections, stack)
        for client, kind in steps(CLIENTS.items(), "kind of client")
        for heartbeat in HEARTBEATS
    }
    text = report(hours, stack)
    print(text)
    if arguments.write:
        write_section("scale-and-cost.md", "cost", text)


def connection_hour(heartbeat: int, kind: Kind, connections: int, stack: Hour) -> Hour:
    """One connection's share of a simulated hour, without what the stack consumes anyway."""
    with simulated_world(HeartbeatSeconds=str(heartbeat)) as world:
        for number in range(connections):
            user_id = f"user{number}"
            Browser(world, user_id, random.Random(number), kind.quiet_ms).open(AGES_SPREAD_MS * number // connections)
            if kind.push_seconds:
                world.push_every(kind.push_seconds, user_id, SETTLE_MINUTES + MINUTES + 1)
        whole = _measure(world)
    shared = stack.consumed
    each = {name: (amount - shared.get(name, 0)) / connections for name, amount in whole.consumed.items()}
    return Hour(each | {"connection_minutes": float(MINUTES)}, whole.counts)


def stack_hour() -> Hour:
    """An hour without any connection: the sweep looks at its empty shards."""
    with simulated_world() as world:
        return _measure(world)


def _measure(world: World) -> Hour:
    world.sweep_every_minute(SETTLE_MINUTES + MINUTES)
    world.pass_time(SETTLE_MINUTES * 60_000 + 30_000)
    before = world.counts + world.meter.counts
    world.pass_time(MINUTES * 60_000)
    counts = world.counts + world.meter.counts
    counts.subtract(before)
    return Hour(consumed_by(counts), counts)


def consumed_by(counts: Counter[str]) -> dict[str, float]:
    """Returns the consumption of functions and gateway, by the names of testing/prices.py.

    Connection-minutes are not in it.
    """
    # Every handshake runs the authorizer too, which makes no call.
    counts["authorizer:invocations"] = counts["connect:invocations"]
    return {
        "messages": float(counts["messages_in"] + counts["messages_out"]),
        "wru": float(counts["wru"]),
        "rru": float(counts["rru"]),
        "invocations": float(sum(counts[f"{function}:invocations"] for function in MEMORY_MB)),
        "gb_seconds": sum(_gb_seconds(function, counts) for function in MEMORY_MB),
    }


def _gb_seconds(function: str, counts: Counter[str]) -> float:
    """Of a function that makes its calls one after the other; the sweep makes them at once and only computes."""
    memory, calls = MEMORY_MB[function], counts[f"{function}:reads_and_writes"] + counts[f"{function}:posts"]
    vcpu = min(1.0, memory / FULL_VCPU_MB)
    cpu_ms = (calls * CALL_CPU_MS + counts[f"{function}:invocations"] * OVERHEAD_CPU_MS) / vcpu
    waiting = 0 if function == "sweep" else calls * CALL_MS
    return (cpu_ms + waiting) / 1000 * memory / 1024


def report(hours: dict[tuple[str, int], Hour], stack: Hour) -> str:
    """The tables of the document."""
    parts = []
    for client in CLIENTS:
        mine = [(heartbeat, hour) for (one, heartbeat), hour in hours.items() if one == client]
        parts.append(f"**{client[0].upper()}{client[1:]}**, one connection, one hour:\n")
        parts.append(table(["heartbeat", *(f"{heartbeat} s" for heartbeat, _ in mine)], _rows([h for _, h in mine])))
        parts.append("")
    parts.append(
        f"The stack itself, an hour without a connection: {stack.consumed['invocations']:.0f} invocations, "
        f"{stack.consumed['rru']:.0f} read units, {stack.consumed['gb_seconds']:.2f} GB-s: ${stack.price:.6f}.\n"
    )
    parts.append("What the sweep found due:\n")
    parts.append(table(["client, heartbeat", "due", "waiting", "pinged", "warned", "closed"], _dues(hours)))
    return "\n".join(parts)


def _rows(hours: list[Hour]) -> list[list[str]]:
    def line(label: str, name: str, digits: int = 1) -> list[str]:
        return [label, *(f"{hour.consumed[name]:.{digits}f}" for hour in hours)]

    return [
        line("gateway messages, both ways", "messages"),
        line("connection-minutes", "connection_minutes", 0),
        line("DynamoDB write units", "wru"),
        line("DynamoDB read units", "rru"),
        line("Lambda invocations", "invocations"),
        line("Lambda GB-s (computed)", "gb_seconds", 2),
        ["**dollars per million connection-hours**", *(f"**{hour.price * 1e6:,.0f}**" for hour in hours)],
    ]


def _dues(hours: dict[tuple[str, int], Hour]) -> list[list[str]]:
    """Shares in percent; one that is both warned and pinged counts for both."""
    rows = []
    for (client, heartbeat), hour in hours.items():
        acts: Counter[str] = Counter()
        for name, number in hour.counts.items():
            area, _, what = name.partition(":")
            if area == "sweep" and what.split(":")[0] in ("waiting", "pinged", "warned", "closed"):
                acts[what.split(":")[0]] += number
        due = acts.total()
        shares = [f"{acts[what] / due:.0%}" for what in ("waiting", "pinged", "warned", "closed")]
        rows.append([f"{client}, {heartbeat} s", str(due), *shares])
    return rows


if __name__ == "__main__":
    main()
