"""`make drills`: break one thing after another while uploads run, and measure what users see and when it is over.

Ten users with two connections each; pipelines push all the time, and every upload ends before the trouble does. Then
every connection must receive the last state of each upload of its user, and no frame of another user.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass

from benchmarks.crowd.pipeline import Pipeline
from benchmarks.crowd.verdict import Verdict, judge
from benchmarks.drills.drills import DRILLS, Drill
from benchmarks.drills.scene import USERS, scene
from benchmarks.harness.report import benchmark_parser
from benchmarks.harness.section import table, write_section

RATE = 10.0  # updates per second
SETTLE_SECONDS = 2.0
MAX_SECONDS = 60.0  # until the queue is empty again
HEAD = ["failure", "handshake meanwhile", "messages to watchers", "last states lost", "complete after", "reason"]


@dataclass(frozen=True)
class Outcome:
    """`recovered_after`: seconds from the end of the trouble until the last connection has heard the last news.

    `killed` counts invocations that Lambda's time-out has ended.
    """

    verdict: Verdict
    handshake: str
    recovered_after: float
    parked: int
    killed: int = 0


def main() -> int:
    given = arguments()
    rows, holds = [], True
    for drill in [one for one in DRILLS if given.only in one.name]:
        outcome = carry_out(drill, given.seconds)
        holds = holds and outcome.verdict.holds
        rows.append(row(drill, outcome))
        print(" | ".join(rows[-1]), flush=True)
    if given.write:
        write_section("operations.md", "drills", table(HEAD, rows))
    return 0 if holds else 1


def arguments() -> argparse.Namespace:
    parser = benchmark_parser("benchmarks.drills", __doc__, "operations.md")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each trouble lasts")
    parser.add_argument("--only", default="", help="only drills whose names contain this")
    return parser.parse_args()


def carry_out(drill: Drill, seconds: float) -> Outcome:
    with scene(drill.template and drill.template()) as here:
        pipeline = Pipeline(USERS, drill.pushing(here), random.Random(1), drill.skew)
        with drill.trouble(here):
            pipeline.run(RATE, seconds, lambda elapsed: None)
            handshake = here.handshake()
        over = time.time()
        here.until_quiet(MAX_SECONDS)
        time.sleep(SETTLE_SECONDS)
        parked = here.waiting_messages("ProgressDeadLetterQueue")
        killed = here.killed()
        verdict = judge(pipeline.truth, [here.report()])
    return Outcome(verdict, handshake, max(0.0, verdict.learned_at - over), parked, killed)


def row(drill: Drill, outcome: Outcome) -> list[str]:
    verdict = outcome.verdict
    events = [f"{count} {name}" for name, count in sorted(verdict.events.items()) if name.startswith(("error", "disc"))]
    counts = {"parked": outcome.parked, "killed": outcome.killed}
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    how = drill.recovery + (f" ({said})" if said else "")
    after = f"{outcome.recovered_after:.1f} s after"
    return [drill.name, outcome.handshake, ", ".join(events) or "nothing", str(verdict.lost), after, how]


if __name__ == "__main__":
    sys.exit(main())
