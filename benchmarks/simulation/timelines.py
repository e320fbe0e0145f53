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


def opening(world: World) -> None:
    _page(world).open()
    world.pass_time(SECOND)


def heartbeat_answered(world: World) -> None:
    _page(world, quiet_ms=None).open()
    world.sweep_every_minute(3)
    world.pass_time(3 * MINUTE + SECOND)


def heartbeat_unanswered(world: World) -> None:
    _page(world, quiet_ms=None, heeds=frozenset()).open()
    world.sweep_every_minute(5)
    world.pass_time(5 * MINUTE)


def heartbeat_of_the_client(world: World) -> None:
    _page(world).open()
    world.pass_time(2 * MINUTE)


def idle_kept_alive(world: World) -> None:
    _page(world).open()
    world.sweep_every_minute(5)
    world.pass_time(5 * MINUTE)


def idle_closed(world: World) -> None:
    _page(world, heeds=EVERYTHING - {"idle"}).open()
    world.sweep_every_minute(8)
    world.pass_time(8 * MINUTE)


def token_refreshed(world: World) -> None:
    _page(world).open(expires_in=200)
    world.sweep_every_minute(3)
    world.pass_time(3 * MINUTE)


def token_expired(world: World) -> None:
    _page(world, heeds=frozenset({"ping"})).open(expires_in=200)
    world.sweep_every_minute(4)
    world.pass_time(4 * MINUTE + SECOND)


def age_rotated(world: World) -> None:
    """The successor's `hello` names the same page, so the older connection is replaced."""
    _page(world).open(age_ms=109 * MINUTE)
    world.sweep_every_minute(10)
    world.pass_time(6 * MINUTE)


def age_closed(world: World) -> None:
    _page(world, heeds=EVERYTHING - {"max_duration"}).open(age_ms=109 * MINUTE)
    world.sweep_every_minute(10)
    world.pass_time(10 * MINUTE)


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
    page = _page(world)
    page.open()
    world.pass_time(SECOND)
    for number in range(1, 20):
        world.say(page.connection_id, {"action": "ping", "id": number})
        world.pass_time(SECOND // 10)
    world.pass_time(SECOND)


def malformed(world: World) -> None:
    page = _page(world)
    page.open()
    world.pass_time(SECOND)
    for text in ('{"action": "ping"', "[]", '{"action": 7}'):
        world.say(page.connection_id, text)
        world.pass_time(SECOND)


def gone(world: World) -> None:
    """Neither the client nor the gateway tells anybody."""
    page = _page(world)
    page.open()
    world.pass_time(MINUTE)
    world.forget(page.connection_id)
    world.note(f"the gateway loses the connection, and $disconnect: {len(world.rows(ALICE))} row")
    answer = world.push({"userId": ALICE, "uploadId": "upload-1", "status": "uploading", "bytesUploaded": 1})
    told = ", ".join(f"{name} {answer[name]}" for name in ("received", "delivered", "gone", "failed"))
    world.note(f"push sends and hears 410: {told}; {len(world.rows(ALICE))} rows")


def unknown(world: World) -> None:
    """A connection whose row was given up learns so with its next message."""
    page = _page(world)
    page.open()
    world.pass_time(SECOND)
    world.lose_row(ALICE, page.connection_id)
    world.note("its row was given up while the client was away")
    world.say(page.connection_id, {"action": "ping"})
    world.pass_time(SECOND)


TIMELINES: dict[str, tuple[Callable[[World], None], dict[str, str]]] = {
    "opening": (opening, {}),
    "heartbeat answered": (heartbeat_answered, {}),
    "heartbeat unanswered": (heartbeat_unanswered, {}),
    "heartbeat of the client": (heartbeat_of_the_client, {}),
    "idle kept alive": (idle_kept_alive, {}),
    "idle closed": (idle_closed, {}),
    "token refreshed": (token_refreshed, {}),
    "token expired": (token_expired, {}),
    "age rotated": (age_rotated, {}),
    "age closed": (age_closed, {}),
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


def _page(world: World, quiet_ms: int | None = QUIET_MS, heeds: frozenset[str] = EVERYTHING) -> Browser:
    return Browser(world, ALICE, Chance(), quiet_ms, heeds)


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
