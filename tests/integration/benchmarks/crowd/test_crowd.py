"""The load that is held for ten minutes, in short: real processes, real connections."""

import subprocess
import sys


def test_a_small_crowd_loses_nothing_and_sees_nothing_of_others() -> None:
    command = [sys.executable, "-m", "benchmarks.crowd", "--users", "20", "--seconds", "3", "--rate", "20"]

    finished = subprocess.run(command, capture_output=True, text=True, timeout=100)

    told = dict(line.split("  ", 1) for line in finished.stdout.splitlines() if "  " in line)
    assert {name: told[name].strip() for name in ("connections", "last states lost", "frames misdelivered")} == {
        "connections": "100",
        "last states lost": "0",
        "frames misdelivered": "0",
    }, finished.stdout + finished.stderr
