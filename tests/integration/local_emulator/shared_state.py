"""What handlers in processes of their own share with the test: lists and events, kept in files beside the code.

A copy of this file lies beside the code, so it imports the standard library alone.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class SharedList:
    """A list of JSON values that any process can append to."""

    def __init__(self, name: str, folder: Path = Path(__file__).parent) -> None:
        self._path = folder / f"{name}.jsonl"

    def append(self, value: Any) -> None:
        with self._path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(value) + "\n")

    def values(self) -> list[Any]:
        text = self._path.read_text() if self._path.exists() else ""
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())

    def count(self, value: Any) -> int:
        return self.values().count(value)

    def __len__(self) -> int:
        return len(self.values())

    def __getitem__(self, key: Any) -> Any:
        return self.values()[key]

    def __eq__(self, other: object) -> bool:
        return self.values() == other

    def __repr__(self) -> str:
        return repr(self.values())

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


class SharedEvent:
    """A flag that any process can set and wait for."""

    def __init__(self, name: str, folder: Path = Path(__file__).parent) -> None:
        self._path = folder / f"{name}.event"

    def set(self) -> None:
        self._path.touch()

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self._path.exists():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True
