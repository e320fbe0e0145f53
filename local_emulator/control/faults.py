"""The faults of a controlled emulator (docs/faults.md)."""

from __future__ import annotations

import re
from typing import Any

from local_emulator.control.http import send

PATH = "/_emulator/faults"
TARGETS = ("connection", "user", "function", "table", "operation")


class Faults:
    """Adds, lists and clears faults."""

    def __init__(self, url: str) -> None:
        self._url = url

    def add(self, kind: str, **fields: Any) -> str:
        """Adds a fault and returns its id.

        Fields are those of docs/faults.md, in snake_case: `add("management-error", status=410, user="alice", times=1)`,
        `add("late-delivery", delay_ms=200)`. Raises EmulatorHttpError, which names the wrong field.
        """
        target = {name: fields.pop(name) for name in TARGETS if name in fields}
        own = {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in fields.items()}
        asked = {"kind": kind, **own} | ({"target": target} if target else {})
        return str(send(self._url, "POST", PATH, asked).json()["id"])

    def list(self) -> list[dict[str, Any]]:
        """Returns the faults with their counts (`seen`, `strikes`, `spent`)."""
        found: list[dict[str, Any]] = send(self._url, "GET", PATH).json()["faults"]
        return found

    def clear(self, fault_id: str | None = None) -> None:
        """Clears one fault, or all. Raises EmulatorHttpError for an unknown id."""
        send(self._url, "DELETE", PATH if fault_id is None else f"{PATH}/{fault_id}")
