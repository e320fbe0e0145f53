"""`make soak-connections`: connects and closes for long, and tells whether the emulator's memory grows.

The first tenth warms it up: threads, caches and the allocator's arenas. What is told is the growth from there to the
end, per connection; a connection that is kept in memory costs over ten thousand bytes.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks import processes

CONNECTIONS = 20
MOST_BYTES = 100  # per connection: below what any object of a connection takes


def main() -> int:
    given = argparse.ArgumentParser("python -m benchmarks.soak", description=__doc__)
    given.add_argument("--cycles", type=int, default=100_000, help="connections opened and closed")
    step = given.parse_args().cycles // 10
    with processes.emulator("benchmarks/echo/template.yaml") as server:
        sizes = []
        for number in range(1, 11):
            started = time.perf_counter()
            processes.load("cycle", str(server.port), str(CONNECTIONS), str(step))
            seconds = time.perf_counter() - started
            sizes.append(server.memory()["Rss"])
            print(f"{step * number:>8} connections  {sizes[-1] / 1e6:7.1f} MB  {step / seconds:6.0f}/s", flush=True)
    growth = (sizes[-1] - sizes[0]) / (step * 9)
    print(f"growth after the first tenth: {growth:.1f} bytes per connection (limit {MOST_BYTES})")
    return 0 if growth <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
