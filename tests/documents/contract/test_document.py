"""docs/protocol.md names every message, code and default, as they are in the code."""

from __future__ import annotations

import re

from domain.action import NAMES
from domain.connection import MAX_FLOOD_ERRORS, ConnectionLimits
from domain.disconnect import DISCONNECTS
from testing.contract import DOCS, SCHEMAS, SERVER

TEXT = (DOCS / "protocol.md").read_text(encoding="utf-8")
TABLES = [
    [cell.strip() for cell in line.strip("| \n").split("|")] for line in TEXT.splitlines() if line.startswith("|")
]


def first_cells() -> set[str]:
    return {word for row in TABLES for word in re.findall(r"`(\w+)`", row[0])}


def test_every_action_and_every_type_has_its_row() -> None:
    assert first_cells() >= NAMES | set(SERVER)


def test_every_farewell_has_its_row_and_no_other_has() -> None:
    start = next(number for number, row in enumerate(TABLES) if row[0] == "`disconnect`" and row[1] == "reason")
    rows = [row for row in TABLES[start + 2 : start + 2 + len(DISCONNECTS)]]

    assert {(int(code), reason) for code, reason, _ in rows} == {(one.code, one.reason) for one in DISCONNECTS.values()}
    assert {reason for _, reason, back in rows if back == "no"} <= {
        *(one.reason for one in DISCONNECTS.values() if not one.reconnect)
    }


def test_every_refusal_has_its_row() -> None:
    told = SCHEMAS["server-message.json"]["definitions"]["error"]["properties"]
    rows = {(int(row[0]), row[1]) for row in TABLES if row[0].isdigit()}

    assert rows >= set(zip(told["code"]["enum"], told["name"]["enum"], strict=True))


def test_the_defaults_are_those_of_the_code() -> None:
    limits = ConnectionLimits()
    rows = {row[0]: row[1] for row in TABLES if len(row) == 3}

    assert rows["heartbeat"] == f"{limits.heartbeat_seconds} s"
    assert rows["idle"] == f"{limits.idle_timeout_seconds} s"
    assert rows["age"] == f"{limits.max_connection_seconds} s"
    assert f"{limits.messages_burst} messages at once, and {limits.messages_per_10_seconds} messages per 10 s" in TEXT
    assert f"warning {limits.warning_seconds} s before" in TEXT and MAX_FLOOD_ERRORS == 10


def test_every_schema_is_linked() -> None:
    assert all(f"(schemas/{name})" in TEXT for name in SCHEMAS)
