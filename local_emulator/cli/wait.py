"""`apigw-emulator wait`: waits until an emulator is ready, and prints where it is."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_emulator.cli.arguments import port_number, seconds
from local_emulator.control.errors import EmulatorHttpError
from local_emulator.control.http import send
from local_emulator.web.listen import address

POLL_SECONDS = 0.05
REQUEST_SECONDS = 2.0

State = dict[str, Any] | str


def main(arguments: list[str]) -> int:
    """Waits for an emulator. Returns 0 when it is ready, 1 when the time is over."""
    given = _parser().parse_args(arguments)
    file, url = given.ready_file, f"http://{address(given.host)}:{given.port}"
    state = until_ready(lambda: look_at_file(file) if file else look_at_url(url), given.timeout)
    if isinstance(state, str):
        print(f"apigw-emulator wait: not ready after {given.timeout:g} s: {state}", file=sys.stderr)
        return 1
    print(_exports(state) if given.exports else json.dumps(state))
    return 0


def until_ready(look: Callable[[], State], timeout_seconds: float) -> State:
    """Looks until there is a ready emulator. Returns its description, or the last reason why it is not ready."""
    end = time.monotonic() + timeout_seconds
    while isinstance(state := look(), str) and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return state


def look_at_file(path: Path) -> State:
    """Returns the description of the emulator that has written a ready file, or why it is not ready."""
    try:
        url = json.loads(path.read_bytes())["url"]
    except OSError as problem:
        return f"{path}: {problem.strerror}"
    except (ValueError, LookupError, TypeError):
        return f"{path} is no ready file"
    return look_at_url(url)


def look_at_url(url: str) -> State:
    """Returns the description of the emulator at a URL, or why it is not ready."""
    try:
        state = send(url, "GET", "/_emulator/health", timeout_seconds=REQUEST_SECONDS).json()
    except EmulatorHttpError as problem:
        if problem.status is None:
            return f"{url}: {problem.reason}"
        return f"{url} answers {problem.status}, so it is no emulator"
    except ValueError:
        return f"{url} answers no JSON, so it is no emulator"
    return state if isinstance(state, dict) and "awsUrl" in state else f"{url} is no emulator"


def _exports(state: dict[str, Any]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in state["environment"].items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("apigw-emulator wait", description="Waits until an emulator is ready.")
    parser.add_argument("--port", type=port_number, default=3001, help="port of the emulator (default: 3001)")
    parser.add_argument("--host", default="127.0.0.1", help="its --host (default: 127.0.0.1)")
    parser.add_argument("--ready-file", type=Path, metavar="PATH", help="the emulator's ready file, in place of a port")
    parser.add_argument("--timeout", type=seconds, default=60.0, metavar="S", help="maximum wait (default: 60)")
    parser.add_argument("--exports", action="store_true", help="print exports for a shell in place of JSON")
    return parser
