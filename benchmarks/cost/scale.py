"""What 1 000, 100 000 and 1 000 000 concurrent connections need: quotas, shards, sweeps, heartbeat.

    make benchmark-scale           (or: .venv/bin/python -m benchmarks.cost.scale [--most 1000000] [--write])

Every connection is lived through with the real rules (`next_step`), sweep by sweep: five minutes of them, after
twenty-six in which they connect and settle. Half of the clients are visible pages of the browser library without an
upload, half watch one. There are no tables, so a million fits: about six minutes on two cores. `--write` puts the
table into docs/scale-and-cost.md.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil
from multiprocessing import get_context

from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.simulation.browser import QUIET_MS, ROTATION_LEAD_MS, TOKEN_SECONDS
from domain.connection import DUE_SHARDS, Connection, ConnectionLimits
from domain.deadlines import Step, new_connection, next_step

SWEEP_MS = 60_000
SETTLE_SWEEPS, SWEEPS = 26, 5
SPREAD_SWEEPS = 10  # over which the clients connect
HERD = 10_000  # enough to tell which share of a fleet is due at once if it connected at once
SIZES = (1_000, 100_000, 1_000_000)
HEARTBEATS = (120, 540)
CHUNK = 5_000

# What a due connection costs, in seconds of one vCPU (`make benchmark-sweep`, the typical mix), and what a sweep has.
CPU_SECONDS = 0.0011
WORK_SECONDS = 45
HAND_ON_ABOVE = 10_000  # due connections: handlers/sweep.py hands each shard on

# API Gateway: quotas per account and Region. DynamoDB: one partition of a table or index takes 1 000 write units a
# second, however much the table may take; an index entry that moves is two.
REQUESTS_PER_SECOND = 10_000
CONNECTIONS_PER_SECOND = 500
PARTITION_WRITE_UNITS = 1_000
UNITS_PER_MOVE = 2


class Life:
    """One client's connections, one after the other. Times in milliseconds; sweeps come on the minute."""

    def __init__(self, number: int, limits: ConnectionLimits, spread_ms: int) -> None:
        self._limits = limits
        self._chance = random.Random(number)
        self._name = f"user{number}"
        self.watches_upload = number % 2 == 1
        self.seen: Counter[str] = Counter()
        age = self._chance.randrange((limits.max_connection_seconds - limits.max_connection_warning_seconds) * 1000)
        self._heard_at = self._chance.randrange(spread_ms)
        fresh = self._connect(self._heard_at)
        self.row = replace(fresh, connected_at=fresh.connected_at - age)
        self._successor_at: int | None = None

    def sweep(self, now: int) -> Step | None:
        """What a sweep does at `now`, if the connection is due; None if not."""
        if self._successor_at is not None and self._successor_at <= now:
            self._rotate(self._successor_at)
        if self.row.due_at > now:
            return None
        self._catch_up(now)
        step = next_step(self.row, now, self._limits)
        self.row = replace(
            self.row, due_at=step.due_at, warned_at=self.row.warned_at | dict.fromkeys(step.warnings, now)
        )
        self._react(step, now)
        return step

    def _connect(self, now: int) -> Connection:
        expires_at = now + self._chance.randrange(TOKEN_SECONDS * 1000)
        connection_id = f"{self._name}-{self.seen['connects']}-{self._chance.random()}="
        made = new_connection(
            self._name, connection_id, connected_at=now, token_expires_at=expires_at, limits=self._limits
        )
        return replace(made, token_expires_at=expires_at + TOKEN_SECONDS * 1000)

    def _rotate(self, now: int) -> None:
        """`hello`, `welcome` and `snapshot`, and the old connection is told and closed."""
        self.row, self._successor_at, self._heard_at = self._connect(now), None, now
        self.seen.update(connects=1, messages_in=1, messages_out=3)

    def _catch_up(self, now: int) -> None:
        """What the client has said, and what progress has brought, since the last sweep that looked."""
        if self.watches_upload:
            active = now - (now - self.row.connected_at) % SWEEP_MS
            self.row = replace(self.row, last_active_at=max(active, self.row.last_active_at))
            self._heard_at = now
            return
        pings = (now - self._heard_at) // QUIET_MS
        if pings:
            self._heard_at += pings * QUIET_MS
            self.seen.update(messages_in=pings, messages_out=pings)
            self.row = replace(self.row, last_seen_at=max(self._heard_at, self.row.last_seen_at))

    def _react(self, step: Step, now: int) -> None:
        answers = step.ping + len(step.warnings)
        self.seen.update(messages_out=answers)
        if step.ping:
            self.row = replace(self.row, pinged_at=now, unanswered_pings=1, last_seen_at=now + 100)
            self.seen.update(messages_in=1)
        for reason, closes_at in step.warnings.items():
            if reason == "max_duration":
                wait = self._chance.random() * max(0, closes_at - now - ROTATION_LEAD_MS)
                self._successor_at = now + int(wait)
                continue
            self.row = replace(self.row, last_seen_at=now + 100, last_active_at=now + 100)
            self.seen.update(messages_in=1, messages_out=1)
            if reason == "token_expiring":
                self.row = replace(self.row, token_expires_at=now + TOKEN_SECONDS * 1000)
        if answers:
            self._heard_at = now


@dataclass(frozen=True, slots=True)
class Load:
    """What all connections together ask for: the busiest sweep, and rates over the time that was watched."""

    connections: int
    due: int
    due_of_busiest_shard: int
    posts: int
    connects_per_second: float
    messages_per_second: float
    due_per_connection_hour: float

    @property
    def shards(self) -> int:
        """So many that no shard's partition of the index takes more than it can while a sweep works."""
        return ceil(self.due * UNITS_PER_MOVE / WORK_SECONDS / PARTITION_WRITE_UNITS)

    @property
    def sweeps(self) -> int:
        """Invocations per minute."""
        return 1 if self.due <= HAND_ON_ABOVE else 1 + DUE_SHARDS

    @property
    def busiest_seconds(self) -> float:
        """CPU of the busiest invocation, of the 45 s that it has."""
        return CPU_SECONDS * (self.due if self.sweeps == 1 else self.due_of_busiest_shard)

    @property
    def posts_per_second(self) -> float:
        """So many must be allowed, for all of a sweep's posts to go out in its time."""
        return self.posts / WORK_SECONDS


def simulate(connections: int, heartbeat: int, spread_ms: int = SPREAD_SWEEPS * SWEEP_MS) -> Load:
    """Live so many connections through, that began within so long."""
    chunks = [(start, min(start + CHUNK, connections), heartbeat, spread_ms) for start in range(0, connections, CHUNK)]
    if len(chunks) == 1:
        return _load(connections, [_live(chunks[0])])
    with get_context("spawn").Pool(2) as pool:
        return _load(connections, pool.imap_unordered(_live, chunks))


def _live(chunk: tuple[int, int, int, int]) -> Counter[str]:
    """One chunk of the clients: counts by sweep and shard, and of the whole."""
    first, last, heartbeat, spread_ms = chunk
    limits = ConnectionLimits(heartbeat_seconds=heartbeat)
    counts: Counter[str] = Counter()
    for number in range(first, last):
        life = Life(number, limits, spread_ms)
        before: Counter[str] = Counter()
        for sweep in range(1, SETTLE_SWEEPS + SWEEPS + 1):
            shard = zlib.crc32(life.row.connection_id.encode()) % DUE_SHARDS
            step = life.sweep(sweep * SWEEP_MS)
            if sweep == SETTLE_SWEEPS:
                before = life.seen.copy()
            elif sweep > SETTLE_SWEEPS and step:
                counts[f"due {sweep} {shard}"] += 1
                counts[f"posts {sweep}"] += step.ping + len(step.warnings) + (2 if step.close else 0)
        life.seen.subtract(before)
        counts.update(life.seen)
    return counts


def _load(connections: int, parts: Iterable[Counter[str]]) -> Load:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    sweeps = range(SETTLE_SWEEPS + 1, SETTLE_SWEEPS + SWEEPS + 1)
    shards = {(sweep, shard): counts[f"due {sweep} {shard}"] for sweep in sweeps for shard in range(DUE_SHARDS)}
    due = [sum(shards[sweep, shard] for shard in range(DUE_SHARDS)) for sweep in sweeps]
    seconds = SWEEPS * SWEEP_MS / 1000
    return Load(
        connections=connections,
        due=max(due),
        due_of_busiest_shard=max(shards.values()),
        posts=max(counts[f"posts {sweep}"] for sweep in sweeps),
        connects_per_second=counts["connects"] / seconds,
        messages_per_second=(counts["messages_in"] + counts["messages_out"]) / seconds,
        due_per_connection_hour=sum(due) / connections * 3600 / seconds,
    )


def report(loads: dict[tuple[int, int], Load]) -> str:
    """The table of the document: one column per size and heartbeat."""
    head = ["connections, heartbeat", *(f"{size:,}, {heartbeat} s" for size, heartbeat in loads)]
    lines = {
        "due in the busiest sweep": [f"{load.due:,}" for load in loads.values()],
        "due in its busiest shard": [f"{load.due_of_busiest_shard:,}" for load in loads.values()],
        "sweep invocations per minute": [f"{load.sweeps}" for load in loads.values()],
        "CPU of the busiest one, of 45 s": [f"{load.busiest_seconds:.1f} s" for load in loads.values()],
        "posts per second that it must be allowed (now 1,000)": [
            f"{one.posts_per_second:,.0f}" for one in loads.values()
        ],
        "shards that the index needs (now 16)": [f"{load.shards}" for load in loads.values()],
        "gateway messages per second, both ways (quota 10,000)": [
            f"{load.messages_per_second:,.0f}" for load in loads.values()
        ],
        "rotations per second (quota 500)": [f"{load.connects_per_second:,.1f}" for load in loads.values()],
        "all back after an outage, at 500 per second": [
            f"{load.connections / CONNECTIONS_PER_SECOND:,.0f} s" for load in loads.values()
        ],
    }
    return table(head, [[label, *cells] for label, cells in lines.items()])


def _herd() -> str:
    """What happens to a fleet that came back together: its deadlines come together, too."""
    shares = [f"{simulate(HERD, heartbeat, SWEEP_MS).due / HERD:.0%} at {heartbeat} s" for heartbeat in HEARTBEATS]
    return f"Of a fleet that connected within one minute, the busiest sweep later finds due: {', '.join(shares)}."


def main() -> None:
    parser = benchmark_parser("benchmarks.cost.scale", __doc__, "scale-and-cost.md")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="leave out larger sizes")
    arguments = parser.parse_args()
    sizes = [size for size in SIZES if size <= arguments.most]
    text = report(
        {(size, heartbeat): simulate(size, heartbeat) for size in steps(sizes, "size") for heartbeat in HEARTBEATS}
    )
    text += "\n\n" + _herd()
    print(text)
    if arguments.write:
        write_section("scale-and-cost.md", "scale", text)


if __name__ == "__main__":
    main()
