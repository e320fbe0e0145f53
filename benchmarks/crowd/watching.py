"""A process of watchers, from its start to its report."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness import processes


@contextmanager
def watching(
    url: str, connections: int, tokens: Mapping[str, str], unread_every: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts watchers of these users (benchmarks/crowd/watchers.py); only this user can read their tokens.

    With `unread_every`, each connection whose number it divides reads nothing after its first snapshot.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokens"
        file.write_text("\n".join(f"{user} {token}" for user, token in tokens.items()))
        command = ["-m", "benchmarks.crowd.watchers", url, str(connections), str(file), str(unread_every)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with processes.started_process(command, None, **pipes) as process:
            yield process


def connected(process: subprocess.Popen[bytes]) -> int:
    """Returns the number of connections, once all of them are open."""
    number: int = _line(process)["connected"]
    return number


def report(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Ends the watchers and returns what each of them has seen."""
    assert process.stdin is not None
    process.stdin.close()
    return _line(process)


def _line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line
