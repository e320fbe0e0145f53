"""The queue's side of the simulation: what is drawn, and what it adds up to."""

import random
from itertools import islice

import pytest

from benchmarks.cost.fan_in import GATHERING, MAX_BYTES, MAX_RECORDS, RECORD_BYTES, WINDOW_SECONDS, Load, batches
from benchmarks.harness.section import read_section


def test_a_few_uploads_fill_no_batch_and_are_folded() -> None:
    for drawn in islice(batches(100, 1.0, random.Random(1)), 10):
        assert drawn.updates < 100 * WINDOW_SECONDS / GATHERING * 2
        assert drawn.updates - drawn.conflated == drawn.uploads


def test_many_uploads_fill_a_batch_before_any_speaks_twice() -> None:
    [drawn] = islice(batches(100_000, 1.0, random.Random(1)), 1)

    assert drawn.updates == min(MAX_RECORDS, MAX_BYTES // RECORD_BYTES) == drawn.uploads
    assert drawn.conflated == 0


def test_a_batch_gets_its_share_of_the_stream() -> None:
    drawn = list(islice(batches(1000, 1.0, random.Random(1)), 20))

    share = sum(one.updates for one in drawn) / (20 * 1000 * WINDOW_SECONDS)
    assert share == pytest.approx(1 / GATHERING, rel=0.05)


def test_what_is_folded_is_neither_written_nor_sent() -> None:
    load = Load(uploads=1000, updates=1000.0, batch=100.0, states_of_batch=25.0)

    assert (load.invocations, load.states, load.conflated) == (10.0, 250.0, 0.75)
    assert load.posts == 250.0 * 0.75


def test_the_document_has_its_tables() -> None:
    assert "1,000,000 uploads" in read_section("scale-and-cost.md", "fan-in")
