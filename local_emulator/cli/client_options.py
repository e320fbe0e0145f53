"""The commands that talk to a running emulator: their parser, their requests, their exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from local_emulator.cli.arguments import port_number
from local_emulator.cli.environment_options import PREFIX
from local_emulator.control.errors import EmulatorHttpError
from local_emulator.control.http import HttpAnswer, send

TIMEOUT_SECONDS = 5.0


def client_parser(name: str, description: str) -> argparse.ArgumentParser:
    """Returns a parser with `--port`, whose default is APIGW_EMULATOR_PORT or 3001."""
    parser = argparse.ArgumentParser(f"apigw-emulator {name}", description=description)
    default = os.environ.get(f"{PREFIX}PORT") or "3001"  # argparse parses a default that is text
    parser.add_argument("--port", type=port_number, default=default, help="port of the emulator (default: 3001)")
    return parser


def request(
    port: int,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> HttpAnswer:
    """Returns the emulator's answer. Raises EmulatorHttpError."""
    return send(f"http://127.0.0.1:{port}", method, path, body, dict(headers or {}), timeout_seconds)


def run_client(program: str, port: int, command: Callable[[], int]) -> int:
    """Returns the command's status; 1, and a line, if the emulator refuses or does not answer."""
    try:
        return command()
    except EmulatorHttpError as problem:
        missing = f"no emulator on port {port} ({problem.reason}); start one with: apigw-emulator"
        print(f"{program}: {missing if problem.status is None else problem.reason}", file=sys.stderr)
        return 1
