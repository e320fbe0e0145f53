"""The simulated world stands on the real one: the browser library's constants, the real functions and their tables."""

import random
import re

import pytest

from benchmarks.cost.cost import Hour, Kind, connection_hour
from benchmarks.cost.scale import Load, simulate
from benchmarks.simulation.browser import QUIET_MS, ROTATION_LEAD_MS, Browser
from benchmarks.simulation.world import simulated_world
from testing.running import ROOT


def test_simulated_pages_have_the_browser_librarys_patience() -> None:
    source = ROOT / "clients" / "browser" / "src"
    library = "".join((source / name).read_text(encoding="utf-8") for name in ("upload-progress.js", "timing.js"))
    constants = {name: int(value.replace("_", "")) for name, value in re.findall(r"const (\w+) = ([\d_]+);", library)}
    assert constants["QUIET_MS"] == QUIET_MS
    assert constants["ROTATION_LEAD_MS"] == ROTATION_LEAD_MS


def test_messages_and_units_are_counted_where_they_happen() -> None:
    with simulated_world() as world:
        Browser(world, "alice", random.Random(1), quiet_ms=None).open()
        world.pass_time(1000)
        assert (world.counts["messages_in"], world.counts["messages_out"]) == (1, 2)
        # $connect: the row and its index entry; hello: one sign of life.
        assert world.meter.counts["wru"] == 3
        # $connect and hello read the user's connections, hello the uploads.
        assert world.meter.counts["rru"] == 3

        world.sweep_every_minute(2)
        world.pass_time(2 * 60_000 + 1000)
        # Armed anew with its index entry, a ping on record, and its pong.
        assert (world.counts["sweep:pinged"], world.counts["sweep:invocations"]) == (1, 2)
        assert world.meter.counts["wru"] == 3 + 3 + 1 + 1
        assert (world.counts["messages_in"], world.counts["messages_out"]) == (2, 3)


def test_a_rotation_leaves_one_row() -> None:
    with simulated_world() as world:
        Browser(world, "alice", random.Random(1)).open(age_ms=109 * 60_000)
        world.sweep_every_minute(9)
        world.pass_time(9 * 60_000)
        assert world.rows("alice") == ["C2="]


@pytest.fixture(scope="module")
def loads() -> Load:
    return simulate(400, heartbeat=120)


def test_the_simulation_of_many_agrees_with_the_functions_about_how_often_a_connection_is_due(loads: Load) -> None:
    kinds = (Kind(QUIET_MS, None), Kind(QUIET_MS, 60))
    hours = [connection_hour(120, kind, 2, stack=Hour({})) for kind in kinds]
    acts = ("waiting", "pinged", "warned:idle", "warned:token_expiring", "warned:max_duration")
    due = sum(hour.counts[f"sweep:{act}"] for hour in hours for act in acts) / 4
    assert loads.due_per_connection_hour == pytest.approx(due, rel=0.2)


def test_what_is_needed_follows_from_what_is_due() -> None:
    load = Load(1_000_000, 600_000, 40_000, 90_000, 150.0, 20_000.0, 36.0)
    assert load.shards == 27
    assert load.sweeps == 17
    assert load.posts_per_second == 2000
