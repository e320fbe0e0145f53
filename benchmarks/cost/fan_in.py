"""What a thousand to a million uploads, each with an update a second through ProgressQueue, ask for.

    make benchmark-fan-in           (or: .venv/bin/python -m benchmarks.cost.fan_in [--write])

Batches are drawn as Lambda draws them from a standard queue and folded by the real rule (`conflate`); what an
invocation then does is counted from its batch, and priced in time and money by the constants below.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean

from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from domain.update import Update, parse_update
from domain.upload_batch import conflate
from testing.prices import dollars

SIZES = (1_000, 10_000, 100_000, 1_000_000)
INTERVALS = (1, 5, 15, 60)  # seconds between two updates of an upload
BATCHES = 30

# How Lambda reads a standard queue: it gathers five batches at a time, each message going to any of them, until one
# is full, holds 6 MB, or its window is over (Lambda Developer Guide, services-sqs-scaling and with-sqs).
GATHERING = 5
MAX_RECORDS = 10_000
MAX_BYTES = 6_000_000
WINDOW_SECONDS = 5.0
RECORD_BYTES = 850  # an update of the reporter is about 300 bytes, what Lambda puts round it 550

# Who looks on: half of the users, some in two tabs.
WATCHED = 0.5
CONNECTIONS_OF_A_WATCHER = 1.5

# Of one call: seconds until it is answered, seconds of one vCPU, and how many are under way at once.
DYNAMODB = (0.006, 0.0011, 32)
POST = (0.020, 0.00005, 128)
GIGABYTES = 1.769
STATE_WRITE_UNITS = 1

REQUESTS_PER_SECOND = 10_000  # API Gateway, per account and Region
CONCURRENCY = 1_000  # Lambda, per account and Region
SQS_BATCH_PRICE = 0.40 / 1_000_000  # a request of up to 64 KB; https://aws.amazon.com/sqs/pricing/


@dataclass(frozen=True)
class Drawn:
    """One batch: how many updates it held, of how many uploads, and how many the rule folded away."""

    updates: int
    uploads: int
    conflated: int


def batches(uploads: int, interval: float, chance: random.Random) -> Iterator[Drawn]:
    """Batches that one of those who gather gets, of a stream in which each upload speaks once in `interval`."""
    rate, number = uploads / interval, 0
    most = min(MAX_RECORDS, MAX_BYTES // RECORD_BYTES)
    while True:
        began, updates = number / rate, defaultdict[int, list[Update]](list)
        count = 0
        while count < most and number / rate - began < WINDOW_SECONDS:
            updates[number % uploads].append(update(number % uploads, int(number / rate * 1000), count))
            number, count = number + 1 + others_turns(chance), count + 1
        folded = [conflate(None, theirs, now=0) for theirs in updates.values()]
        yield Drawn(count, len(updates), sum(one.conflated for one in folded))


def others_turns(chance: random.Random) -> int:
    """How many messages go to the other batches before the next comes to this one."""
    return int(math.log(1 - chance.random()) / math.log(1 - 1 / GATHERING))


def update(upload: int, now: int, index: int) -> Update:
    said = {"userId": f"user-{upload}", "uploadId": "upload", "status": "uploading", "bytesUploaded": now}
    return parse_update(said, received_at=now, index=index)


@dataclass(frozen=True)
class Load:
    """What all uploads together ask for, each second unless it says otherwise."""

    uploads: int
    updates: float
    batch: float
    states_of_batch: float

    @property
    def invocations(self) -> float:
        return self.updates / self.batch

    @property
    def states(self) -> float:
        return self.invocations * self.states_of_batch

    @property
    def conflated(self) -> float:
        """The share of updates that never left their batch."""
        return 1 - self.states / self.updates

    @property
    def posts(self) -> float:
        return self.states * WATCHED * CONNECTIONS_OF_A_WATCHER

    @property
    def seconds_of_invocation(self) -> float:
        """A read of a hundred uploads, a query and a write for each state, then its posts; or the CPU of all that."""
        calls, posts = self.states_of_batch * 2.01, self.posts / self.invocations
        waits = calls * DYNAMODB[0] / DYNAMODB[2] + posts * POST[0] / POST[2]
        return max(waits, calls * DYNAMODB[1] + posts * POST[1])

    @property
    def at_once(self) -> float:
        """Invocations under way: how many there are times how long each takes (Little)."""
        return max(1.0, self.invocations * self.seconds_of_invocation)

    @property
    def dollars_an_hour(self) -> float:
        seconds = self.invocations * self.seconds_of_invocation
        each_second = {
            "messages": self.posts,
            "invocations": self.invocations,
            "gb_seconds": seconds * GIGABYTES,
            "wru": self.states * STATE_WRITE_UNITS,
            "rru": self.states * 2,
        }
        # Sent ten to a request, as the reporter does; received and deleted ten to a request by Lambda.
        return 3600 * (dollars(each_second) + 3 * self.updates / 10 * SQS_BATCH_PRICE)


def simulate(uploads: int, interval: float = 1.0) -> Load:
    drawn = batches(uploads, interval, random.Random(uploads))
    some = [next(drawn) for _ in range(BATCHES if uploads < SIZES[-1] else BATCHES // 5)]
    return Load(
        uploads=uploads,
        updates=uploads / interval,
        batch=mean(one.updates for one in some),
        states_of_batch=mean(one.updates - one.conflated for one in some),
    )


def report(loads: dict[str, Load]) -> str:
    """One column for each size."""
    lines = {
        "updates in a batch": [f"{load.batch:,.0f}" for load in loads.values()],
        "of these, folded into a newer one": [f"{load.conflated:.0%}" for load in loads.values()],
        "states written per second": [f"{load.states:,.0f}" for load in loads.values()],
        "time of an invocation": [f"{load.seconds_of_invocation:.1f} s" for load in loads.values()],
        f"invocations at once (quota {CONCURRENCY:,})": [f"{load.at_once:,.0f}" for load in loads.values()],
        f"posts per second (quota {REQUESTS_PER_SECOND:,})": [f"{load.posts:,.0f}" for load in loads.values()],
        "dollars an hour": [f"{load.dollars_an_hour:,.2f}" for load in loads.values()],
    }
    return table(["", *loads], [[label, *cells] for label, cells in lines.items()])


def most_uploads(interval: float) -> int:
    """How many uploads the gateway's quota lets be told to their watchers, if nothing else asks for anything."""
    return math.ceil(REQUESTS_PER_SECOND * interval / WATCHED / CONNECTIONS_OF_A_WATCHER)


def main() -> None:
    parser = benchmark_parser("benchmarks.cost.fan_in", __doc__, "scale-and-cost.md")
    sizes = report({f"{size:,} uploads": simulate(size) for size in steps(SIZES, "size")})
    intervals = report(
        {f"every {interval} s": simulate(SIZES[-1], interval) for interval in steps(INTERVALS, "interval")}
    )
    limits = ", ".join(f"{most_uploads(interval):,} every {interval} s" for interval in INTERVALS)
    text = f"{sizes}\n\nA million uploads, by report interval:\n\n{intervals}\n\n"
    text += f"Uploads that can be watched live within the gateway's quota: {limits}."
    print(text)
    if parser.parse_args().write:
        write_section("scale-and-cost.md", "fan-in", text)


if __name__ == "__main__":
    main()
