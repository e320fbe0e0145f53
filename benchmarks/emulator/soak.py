"""`make soak-connections`: connects and closes for long, and tells whether the emulator's memory grows.

The first 10 000 warm it up: threads, caches, the allocator's arenas, and what the inspector remembers at most. What
is told is the growth from there to the end, per connection; a connection that is kept in memory costs over ten
thousand bytes.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.harness import processes

CONNECTIONS = 20
WARM_UP = 10_000
MAX_BYTES = 100  # per connection: below what any object of a connection takes


def main() -> int:
    given = argparse.ArgumentParser("python -m benchmarks.emulator.soak", description=__doc__)
    given.add_argument("--cycles", type=int, default=100_000, help="connections opened and closed")
    step = given.parse_args().cycles // 10
    with processes.emulator("benchmarks/echo/template.yaml") as server:
        processes.load("cycle", str(server.port), str(CONNECTIONS), str(WARM_UP))
        sizes = [server.memory()["Rss"]]
        for number in range(1, 11):
            started = time.perf_counter()
            processes.load("cycle", str(server.port), str(CONNECTIONS), str(step))
            seconds = time.perf_counter() - started
            sizes.append(server.memory()["Rss"])
            print(f"{step * number:>8} connections  {sizes[-1] / 1e6:7.1f} MB  {step / seconds:6.0f}/s", flush=True)
    growth = (sizes[-1] - sizes[0]) / (step * 10)
    print(f"growth after {WARM_UP} more to warm up: {growth:.1f} bytes per connection (limit {MAX_BYTES})")
    return 0 if growth <= MAX_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
