"""Runs functions, reporters and terminal clients of any release, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testing import gateway_events

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
EARLIER = "2634acc"
GOLDEN = ROOT / "tests" / "vectors" / f"release-{EARLIER}.json"

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answers of the steps, the rows afterwards, and the messages by connection."""

    answers: list[Any]
    rows: Rows
    messages: dict[str, list[dict[str, Any]]]

    def upload(self, upload_id: str) -> dict[str, Any]:
        """Returns the row of an upload, without the types of DynamoDB."""
        [row] = [one for one in self.rows["uploads"] if one["uploadId"]["S"] == upload_id]
        return {name: next(iter(value.values())) for name, value in row.items()}


def run_functions(tree: Path, steps: Sequence[tuple[str, Any]], rows: Rows | None = None) -> Outcome:
    """Runs steps, `(function, event)`, in the functions of a tree. Raises CalledProcessError if one raises."""
    work = {"rows": rows or {}, "steps": [{"function": function, "event": event} for function, event in steps]}
    return Outcome(**_run("driver.py", tree, work))


def run_reporter(tree: Path) -> list[dict[str, Any]]:
    """Returns the updates of the reporter of a tree."""
    updates: list[dict[str, Any]] = _run("reporter.py", tree)
    return updates


def show(tree: Path, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns status and bytes by upload, as the terminal client of a tree shows them."""
    shown: dict[str, Any] = _run("terminal.py", tree, list(messages))
    return shown


def _run(program: str, tree: Path, work: object = None) -> Any:
    command = [sys.executable, str(FOLDER / program), str(tree)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, input=json.dumps(work), env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def say(connection_id: str, **fields: Any) -> tuple[str, Any]:
    """Returns the step of a client's message."""
    return "default", gateway_events.message("alice", connection_id, json.dumps(fields))


def open_connection(connection_id: str) -> tuple[str, Any]:
    """Returns the step of a handshake that the authorizer let in."""
    return "connect", gateway_events.connect("alice", connection_id)


def update(upload_id: str, status: str, rev: int, **fields: Any) -> tuple[str, Any]:
    """Returns the step of a direct push; `rev` counts in ms from the start of this process."""
    return "push", {"userId": "alice", "uploadId": upload_id, "status": status, "rev": START + rev, **fields}


START = int(time.time() * 1000) - 60_000

# The messages that every release of the clients sends.
ACTIONS = [
    say("A=", action="hello", clientId="0123456789abcdef0123456789abcdef", id=1),
    say("A=", action="ping", id="p"),
    say("A=", action="pong"),
    say("A=", action="keepalive", id=2),
]

# Uploads in each kind of state, and a connection.
WRITING = [
    open_connection("A="),
    ACTIONS[0],
    update("running", "uploading", 0, bytesUploaded=4, bytesTotal=10, fileName="a.bin"),
    update("retried", "uploading", 0, bytesUploaded=9, bytesTotal=10),
    update("retried", "failed", 10, error={"code": "E", "message": "m"}),
    update("retried", "uploading", 20, attempt=2, bytesUploaded=1),
    update("paused", "paused", 0),
    update("done", "uploading", 0, bytesUploaded=1),
    update("done", "completed", 10, result={"url": "https://example.com/"}),
]
