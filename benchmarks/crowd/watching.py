"""A process of watchers, from its start to its report."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from benchmarks.harness import processes


class Stage(Protocol):
    """The URL that a crowd connects to, and the tokens of its users."""

    @property
    def url(self) -> str: ...

    def token(self, user: str) -> str: ...


@contextmanager
def crowd(
    stage: Stage, parts: Sequence[Sequence[str]], connections: int, unread_every: int = 0
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Connects users, each part in a process of its own; yields the processes when all connections are open.

    With `unread_every`, each connection whose number it divides reads nothing after its first snapshot.
    """
    with ExitStack() as stack:
        tokens = [{user: stage.token(user) for user in part} for part in parts]
        watched = [stack.enter_context(_watching(stage.url, connections, some, unread_every)) for some in tokens]
        for process in watched:
            _line(process)
        yield watched


@contextmanager
def _watching(
    url: str, connections: int, tokens: Mapping[str, str], unread_every: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts watchers of these users (benchmarks/crowd/watchers.py); only this user can read their tokens."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokens"
        file.write_text("\n".join(f"{user} {token}" for user, token in tokens.items()))
        command = ["-m", "benchmarks.crowd.watchers", url, str(connections), str(file), str(unread_every)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with processes.started_process(command, None, **pipes) as process:
            yield process


def report(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Ends the watchers and returns what each of them has seen."""
    assert process.stdin is not None
    process.stdin.close()
    return _line(process)


def _line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line
