"""The parser of commands that talk to a running emulator."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from local_emulator.cli.arguments import port_number
from local_emulator.cli.emulator_request import EmulatorRequestError
from local_emulator.cli.environment_options import PREFIX


def client_parser(name: str, description: str) -> argparse.ArgumentParser:
    """Returns a parser with `--port`, whose default is APIGW_EMULATOR_PORT or 3001."""
    parser = argparse.ArgumentParser(f"apigw-emulator {name}", description=description)
    default = os.environ.get(f"{PREFIX}PORT") or "3001"  # argparse parses a default that is text
    parser.add_argument("--port", type=port_number, default=default, help="port of the emulator (default: 3001)")
    return parser


def run_client(name: str, command: Callable[[], int]) -> int:
    """Returns the command's status; 1, and a line, if the emulator refuses or does not answer."""
    try:
        return command()
    except EmulatorRequestError as problem:
        print(f"apigw-emulator {name}: {problem}", file=sys.stderr)
        return 1
