"""Lambda freezes a process between invocations; what it finds when it thaws must not show."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from testing.scripted_gateway import Reply, playing

ROOT = Path(__file__).parents[5]

# Sends to five connections for each line that it reads, and prints the outcomes.
INVOKED = """
import sys
from infra.gateway.credentials import Credentials
from infra.gateway.sender.engine import Engine
engine = Engine(sys.argv[1], "us-east-1")
for line in sys.stdin:
    sends = [(f"{number}=", line.encode()) for number in range(5)]
    print(*engine.call("POST", sends, Credentials("key", "secret"), 10), flush=True)
"""


class Sandbox:
    """A process that is frozen but for its invocations."""

    def __init__(self, pid: int, stdin: IO[str], stdout: IO[str]) -> None:
        self._pid, self._stdin, self._stdout = pid, stdin, stdout

    def invoke(self) -> list[str]:
        os.kill(self._pid, signal.SIGCONT)
        self._stdin.write("invoke\n")
        self._stdin.flush()
        outcomes = self._stdout.readline().split()
        os.kill(self._pid, signal.SIGSTOP)
        return outcomes


@contextmanager
def sandbox(url: str) -> Iterator[Sandbox]:
    command = [sys.executable, "-c", INVOKED, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout
        try:
            yield Sandbox(process.pid, process.stdin, process.stdout)
        finally:
            process.kill()


def test_links_that_died_while_a_function_was_frozen_are_opened_anew() -> None:
    with playing(lambda request: Reply()) as gateway, sandbox(gateway.url) as function:
        assert function.invoke() == function.invoke() == ["200"] * 5
        before = gateway.links

        gateway.close_links()

        assert function.invoke() == ["200"] * 5
        assert len(gateway.requests) == 15
        assert gateway.links > before
