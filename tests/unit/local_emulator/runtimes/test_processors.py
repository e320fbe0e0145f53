"""Whether more processes would find a processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_emulator.runtimes import processors
from local_emulator.runtimes.processors import Processors


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(processors.time, "monotonic", lambda: now[0])
    return now


def write(stat: Path, *, busy: int, idle: int, waiting: int = 0) -> None:
    stat.write_text(f"cpu  {busy} 0 0 {idle} {waiting} 0 0 0 7 0\ncpu0 1 1 1 1\n")


@pytest.mark.parametrize(
    ("busy", "idle", "waiting", "expected"), [(20, 0, 0, True), (19, 1, 0, True), (15, 5, 0, False), (10, 0, 10, False)]
)
def test_they_are_busy_if_less_than_a_tenth_of_their_time_was_idle(
    tmp_path: Path, clock: list[float], busy: int, idle: int, waiting: int, expected: bool
) -> None:
    stat = tmp_path / "stat"
    write(stat, busy=1000, idle=5000)
    known = Processors(stat)
    known.are_busy()
    write(stat, busy=1000 + busy, idle=5000 + idle, waiting=waiting)
    clock[0] += 0.2
    assert known.are_busy() is expected


def test_they_are_looked_at_ten_times_a_second_at_most(tmp_path: Path, clock: list[float]) -> None:
    stat = tmp_path / "stat"
    write(stat, busy=0, idle=5000)
    known = Processors(stat)
    known.are_busy()
    write(stat, busy=1000, idle=5000)
    assert not known.are_busy()
    clock[0] += 0.2
    assert known.are_busy()


def test_where_the_system_does_not_tell_they_are_not_busy(tmp_path: Path, clock: list[float]) -> None:
    known = Processors(tmp_path / "nothing")
    for _ in range(3):
        assert not known.are_busy()
        clock[0] += 0.2
