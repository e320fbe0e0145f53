"""The timelines of docs/lifecycle.md, as the functions themselves produce them under a simulated clock.

    make timelines                 (or: .venv/bin/python -m benchmarks.simulation.timelines)

writes them into the document; tests/integration/benchmarks/test_timelines.py fails when it is out of date.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from benchmarks.harness.section import table, write_section
from benchmarks.harness.steps import steps
from benchmarks.simulation.browser import EVERYTHING, QUIET_MS, Browser
from benchmarks.simulation.world import NOON, Spoken, World, simulated_world
from domain.disconnect import DISCONNECTS

SECOND, MINUTE = 1000, 60_000
ALICE = "alice"
OPENING = {"hello", "welcome", "snapshot", "handshake"}
ARROWS = {"client": "-->", "server": "<--", "gateway": "<--", "note": "   "}


class Chance(random.Random):
    """Always the middle: a timeline must not change from run to run."""

    def random(self) -> float:
        return 0.5


def watched(
    ms: int, sweeps: int = 0, *, quiet_ms: int | None = QUIET_MS, heeds: frozenset[str] = EVERYTHING, **opening: int
) -> Callable[[World], None]:
    """Returns a scenario: one page is open for so long, while a sweep runs each minute."""

    def scenario(world: World) -> None:
        Browser(world, ALICE, Chance(), quiet_ms, heeds).open(**opening)
        world.sweep_every_minute(sweeps)
        world.pass_time(ms)

    return scenario


def cap(world: World) -> None:
    """The least recently active gives way; one in its handshake never does, and a sweep trims later."""
    for number in range(3):
        Browser(world, ALICE, Chance(), heeds=frozenset(), page=f"tab{number}").open()
        world.pass_time(40 * SECOND if number == 0 else SECOND)
    Browser(world, ALICE, Chance(), heeds=frozenset(), page="tab3").open()
    world.note(f"{len(world.rows(ALICE))} connections, of 2 allowed: the others are in their handshake")
    world.sweep_every_minute(1)
    world.pass_time(MINUTE)
    world.note(f"{len(world.rows(ALICE))} connections")


def flood(world: World) -> None:
    page = _opened_page(world)
    for number in range(1, 20):
        world.say(page.connection_id, {"action": "ping", "id": number})
        world.pass_time(SECOND // 10)
    world.pass_time(SECOND)


def malformed(world: World) -> None:
    page = _opened_page(world)
    for text in ('{"action": "ping"', "[]", '{"action": 7}'):
        world.say(page.connection_id, text)
        world.pass_time(SECOND)


def gone(world: World) -> None:
    """Neither the client nor the gateway tells anybody."""
    page = _opened_page(world)
    world.pass_time(MINUTE - SECOND)
    world.forget(page.connection_id)
    world.note(f"the gateway loses the connection, and $disconnect: {len(world.rows(ALICE))} row")
    answer = world.push({"userId": ALICE, "uploadId": "upload-1", "status": "uploading", "bytesUploaded": 1})
    told = ", ".join(f"{name} {answer[name]}" for name in ("received", "delivered", "gone", "failed"))
    world.note(f"push sends and hears 410: {told}; {len(world.rows(ALICE))} rows")


def unknown(world: World) -> None:
    """A connection whose row was given up learns so with its next message."""
    page = _opened_page(world)
    world.lose_row(ALICE, page.connection_id)
    world.note("its row was given up while the client was away")
    world.say(page.connection_id, {"action": "ping"})
    world.pass_time(SECOND)


TIMELINES: dict[str, tuple[Callable[[World], None], dict[str, str]]] = {
    "opening": (watched(SECOND), {}),
    "heartbeat answered": (watched(3 * MINUTE + SECOND, 3, quiet_ms=None), {}),
    "heartbeat unanswered": (watched(5 * MINUTE, 5, quiet_ms=None, heeds=frozenset()), {}),
    "heartbeat of the client": (watched(2 * MINUTE), {}),
    "idle kept alive": (watched(5 * MINUTE, 5), {}),
    "idle closed": (watched(8 * MINUTE, 8, heeds=EVERYTHING - {"idle"}), {}),
    "token refreshed": (watched(3 * MINUTE, 3, expires_in=200), {}),
    "token expired": (watched(4 * MINUTE + SECOND, 4, heeds=frozenset({"ping"}), expires_in=200), {}),
    # The successor's `hello` names the same page, so the older connection is replaced.
    "age rotated": (watched(6 * MINUTE, 10, age_ms=109 * MINUTE), {}),
    "age closed": (watched(10 * MINUTE, 10, heeds=EVERYTHING - {"max_duration"}, age_ms=109 * MINUTE), {}),
    "cap": (cap, {"MaxConnectionsPerUser": "2"}),
    "flood": (flood, {"MessagesBurst": "5", "MessagesPer10Seconds": "1"}),
    "malformed": (malformed, {}),
    "gone": (gone, {}),
    "unknown": (unknown, {}),
}


def timeline(name: str) -> str:
    """One timeline as it stands in the document."""
    scenario, parameters = TIMELINES[name]
    with simulated_world(**parameters) as world:
        scenario(world)
        spoken = world.spoken
    several = len({one.connection_id for one in spoken if one.connection_id}) > 1
    shown = [one for one in spoken if name == "opening" or _type(one) not in OPENING or (several and _opens(one))]
    numbered = groupby(enumerate(shown), key=lambda pair: _alike(shown, pair[0]))
    lines = [line for _, alike in numbered for line in _lines([one for _, one in alike], several)]
    return "\n".join(["```text", *lines, "```"])


def _opened_page(world: World) -> Browser:
    page = Browser(world, ALICE, Chance())
    page.open()
    world.pass_time(SECOND)
    return page


def _type(one: Spoken) -> Any:
    return one.message.get("type", one.message.get("action")) if isinstance(one.message, dict) else one.message


def _opens(one: Spoken) -> bool:
    return bool(_type(one) == "handshake")


def _alike(shown: Sequence[Spoken], index: int) -> Any:
    """Numbered questions belong together as long as their answers are of one type."""
    one = shown[index]
    if isinstance(one.message, str) or "id" not in one.message:
        return index
    return _type(shown[index + 1]) if one.who == "client" else _type(one)


def _lines(alike: Sequence[Spoken], several: bool) -> list[str]:
    """At most the first question and its answer of many alike."""
    left = [f"{'':9} … {len(alike) - 2} more like these"] if len(alike) > 2 else []
    return [_line(one, several) for one in alike[:2]] + left


def _line(one: Spoken, several: bool) -> str:
    seconds, ms = divmod(one.at - NOON, SECOND)
    at = f"{seconds // 60:3}:{seconds % 60:02}.{ms // 100}"
    whose = f" {one.connection_id}" if several and one.connection_id else ""
    return f"{at:8} {ARROWS[one.who]}{whose} {_text(one)}"


def _text(one: Spoken) -> str:
    if isinstance(one.message, str):
        return f"({one.message})" if one.who == "note" else one.message
    if one.who == "gateway":
        return "(closed by the gateway, 1000)"
    if _opens(one):
        return "(handshake)"
    changed = {"token": "<a later token>", "snapshotId": "5b1c0c7e0c8e4f0a"}
    message = {name: changed.get(name, value) for name, value in one.message.items()}
    return json.dumps(message, separators=(",", ":"))


def disconnects() -> str:
    """Every reason for which we close, from the protocol itself."""
    rows = [
        [f"`{one.reason}`", str(one.code), "yes" if one.reconnect else "no", str(one.retry_after_ms), one.message]
        for one in sorted(DISCONNECTS.values(), key=lambda one: one.code)
    ]
    return table(["reason", "code", "reconnect", "retryAfterMs", "message"], rows)


def main() -> None:
    for name in steps(TIMELINES, "timeline"):
        write_section("lifecycle.md", name, timeline(name))
    write_section("lifecycle.md", "disconnects", disconnects())


if __name__ == "__main__":
    main()
