"""What the watchers have seen, against what truly happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.crowd.pipeline import Truth


@dataclass
class Verdict:
    """What became of it all.

    `lost` counts uploads whose last state a connection has not seen, `foreign` frames on another's channel;
    `learned_at` is when the last connection heard anything new, in epoch seconds.
    """

    connections: int = 0
    lost: int = 0
    foreign: int = 0
    learned_at: float = 0.0
    latencies: list[int] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        return self.connections > 0 and bool(self.latencies) and not self.lost and not self.foreign

    def latency_ms(self, share: float) -> int:
        """From the pipeline's clock to the frame, the given share of all frames being faster."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def judge(truth: Truth, reports: Iterable[dict[str, Any]]) -> Verdict:
    """Every connection of a user must have seen every upload of that user as it stands, and nobody else's."""
    verdict = Verdict()
    for report in reports:
        for user, seen in report["seen"]:
            verdict.connections += 1
            told = {upload: tuple(state) for upload, state in seen.items()}
            verdict.lost += sum(told.get(upload) != state for upload, state in truth[user].items())
            verdict.foreign += len(told.keys() - truth[user].keys())
        verdict.foreign += report["foreign"]
        verdict.learned_at = max(verdict.learned_at, report["learnedAt"])
        verdict.latencies += report["latencies"]
        verdict.events.update(report["events"])
    return verdict
