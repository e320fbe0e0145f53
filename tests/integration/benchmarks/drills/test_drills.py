"""The drills in short: whatever breaks, no last state is lost and nobody sees anything of others."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.crowd.verdict import Verdict
from benchmarks.drills.__main__ import HEAD, Outcome, carry_out, row
from benchmarks.drills.drills import DRILLS, POISON, Drill

BY_NAME = {drill.name: drill for drill in DRILLS}


@pytest.mark.parametrize(
    ("name", "newcomer"),
    [
        ("DynamoDB is down", "502"),
        ("the gateway answers 429 to every post", "101"),
        ("the key server is down while functions start anew", "500"),
    ],
)
def test_nothing_that_matters_is_lost(name: str, newcomer: str) -> None:
    outcome = carry_out(BY_NAME[name], seconds=1.5)

    assert outcome.verdict.holds, outcome.verdict
    assert outcome.handshake == newcomer


def test_messages_that_are_none_are_put_aside_and_cost_the_others_nothing() -> None:
    outcome = carry_out(BY_NAME["invalid messages in the queue"], seconds=1.0)

    assert outcome.verdict.holds, outcome.verdict
    assert outcome.parked >= len(POISON) - 1  # an empty list is no item


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_every_drill_says_how_it_ends(drill: Drill) -> None:
    assert drill.recovery
    assert len([one for one in DRILLS if one.name == drill.name]) == 1


def test_a_row_fits_its_table_and_tells_what_was_told() -> None:
    events = Counter({"progress": 40, "error 4500": 2, "disconnect 4409": 1})
    outcome = Outcome(Verdict(connections=2, latencies=[3], events=events), "101", 1.25, parked=0)

    cells = row(DRILLS[0], outcome)

    assert len(cells) == len(HEAD)
    assert "1 disconnect 4409, 2 error 4500" in cells
