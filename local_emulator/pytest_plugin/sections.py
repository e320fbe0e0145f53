"""The sections of a failed test's report: frames, calls and logs of the emulator since the test began."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from local_emulator.control.emulator import Emulator
from local_emulator.control.errors import EmulatorHttpError

MAX_LINES = 200
MAX_VALUE_CHARS = 1000
FRAMES = {"in": "client to gateway", "out": "gateway to client", "open": "opened", "close": "closed"}


def sections(emulator: Emulator, record: int, printed: int) -> list[tuple[str, str]]:
    """Returns titles and texts; a section without a line is left out."""
    try:
        records, printed_lines = emulator.records(record), emulator.output_since(printed).splitlines()
    except (EmulatorHttpError, RuntimeError) as unreachable:
        return [("emulator", str(unreachable))]
    found = {
        "emulator frames": [frame_line(one) for one in records if one["kind"] in FRAMES],
        "emulator calls": [line for one in records if one["kind"] == "call" for line in call_lines(one)],
        "emulator events": [event_line(one) for one in records if one["kind"] not in (*FRAMES, "call")],
        "emulator log": printed_lines,
    }
    return [(title, "\n".join(_newest(lines))) for title, lines in found.items() if lines]


def frame_line(record: dict[str, Any]) -> str:
    """Returns one frame, opening or closing, with its connection and user."""
    user = f" ({record['user']})" if record.get("user") else ""
    text = f"{record.get('what') or ''} {record.get('payload') or ''}".strip()
    return f"{_moment(record)}  {FRAMES[record['kind']]:<18}{record['connection']}{user}  {_short(text)}"


def call_lines(record: dict[str, Any]) -> Iterable[str]:
    """Yields one call: its outcome, its event and its result, and its log if it failed."""
    about = f"{record['function']} for {record['what']}, {record['durationMs']} ms"
    yield f"{_moment(record)}  {about}: {record['outcome']}"
    yield f"    event   {_short(record['payload'])}"
    yield f"    result  {_short(record['result'])}"
    if record["failed"]:
        yield from (f"    log     {line}" for line in (record.get("log") or "").splitlines())


def event_line(record: dict[str, Any]) -> str:
    """Returns a refusal, a strike of a fault, a reload or a notice."""
    return f"{_moment(record)}  {record['kind']:<18}{record['what']}  {_short(record.get('payload') or '')}"


def _moment(record: dict[str, Any]) -> str:
    return datetime.fromtimestamp(record["at"] / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]


def _short(text: Any) -> str:
    text = text if isinstance(text, str) else json.dumps(text)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}… ({len(text)} characters)"


def _newest(lines: list[str]) -> list[str]:
    if len(lines) <= MAX_LINES:
        return lines
    return [f"({len(lines) - MAX_LINES} earlier lines are left out)", *lines[-MAX_LINES:]]
