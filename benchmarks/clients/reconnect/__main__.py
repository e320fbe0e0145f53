"""Simulate how fleets of clients come back, print what happened and draw it into docs/plots/.

    make simulate-reconnect        (or: .venv/bin/python -m benchmarks.clients.reconnect)

The clients are the browser library itself, `UploadProgress` with its own back-off and rotation, 10 000 times, in
Node.js; time, chance and the gateway are simulated, so the same seed gives the same plots. Needs Node.js 20.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.clients.reconnect.scenarios import (
    CONNECTIONS_PER_SECOND,
    Outcome,
    announced_close,
    busiest,
    dropped_at_once,
    grown_old_together,
    retry_after_ms,
)
from benchmarks.harness.plot import Line, chart, per_second

PLOTS = Path(__file__).parents[3] / "docs" / "plots"
CLIENTS = 10_000


def main() -> None:
    _dropped(dropped_at_once(CLIENTS))
    _announced(announced_close(CLIENTS))
    _rotating(grown_old_together(CLIENTS))


def _dropped(outcome: Outcome) -> None:
    print(f"dropped at once: {outcome.connected_before} connections, {CONNECTIONS_PER_SECOND} taken per second")
    _print_return(outcome)
    title = f"{CLIENTS:,} clients dropped at once, {CONNECTIONS_PER_SECOND} connections per second taken"
    lines = [
        Line("attempts", _clipped(per_second(outcome.attempts, 60_000), 3000)),
        Line("accepted", per_second(outcome.accepted, 60_000)),
        _limit(60),
    ]
    _write("reconnect-dropped", chart(title, "seconds since the drop", "per second (cut at 3 000)", lines))
    back = [Line("clients back", [(0, 0), *_share(outcome.live, outcome.clients), (60, 100)])]
    _write("reconnect-back", chart(title, "seconds since the drop", "% of clients live", back))


def _announced(outcome: Outcome) -> None:
    wait = retry_after_ms(CLIENTS)
    print(f"announced close: retryAfterMs {wait} for {CLIENTS} clients")
    print(f"  busiest second {busiest(outcome.attempts, 1000)} attempts")
    _print_return(outcome)
    until = 1.6 * wait
    title = f"{CLIENTS:,} clients closed with retryAfterMs {wait:,}"
    lines = [Line("attempts", per_second(outcome.attempts, until)), _limit(until / 1000)]
    _write("reconnect-announced", chart(title, "seconds since the close", "per second", lines))


def _rotating(outcome: Outcome) -> None:
    first, last = outcome.attempts[0] / 1000, outcome.attempts[-1] / 1000
    print(f"grown old together: rotations from {first:.0f} s to {last:.0f} s after the first warning")
    print(f"  busiest minute {busiest(outcome.attempts, 60_000)}, busiest second {busiest(outcome.attempts, 1000)}")
    title = f"{CLIENTS:,} clients that connected within a minute, at their greatest age"
    lines = [Line("second connections", per_second(outcome.attempts, 540_000, 5000)), _limit(540)]
    _write("reconnect-rotation", chart(title, "seconds since the first warning", "per second", lines))


def _print_return(outcome: Outcome) -> None:
    print(f"  {len(outcome.attempts)} attempts, {outcome.refused} refused")
    halves = ", ".join(f"{share:.0%} after {outcome.back_after(share) / 1000:.1f} s" for share in (0.5, 0.95, 1))
    print(f"  back: {halves}")


def _limit(until: float) -> Line:
    return Line("the quota", [(0, CONNECTIONS_PER_SECOND), (until, CONNECTIONS_PER_SECOND)], dashed=True)


def _clipped(points: Sequence[tuple[float, float]], most: float) -> list[tuple[float, float]]:
    return [(x, min(y, most)) for x, y in points]


def _share(moments: Sequence[float], clients: int) -> list[tuple[float, float]]:
    """Percent of the clients over seconds, at every hundredth of them."""
    every = max(1, clients // 100)
    return [(at / 1000, 100 * (number + 1) / clients) for number, at in enumerate(moments) if not (number + 1) % every]


def _write(name: str, svg: str) -> None:
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
