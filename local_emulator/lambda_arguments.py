"""The arguments of the command line that decide what Lambda does without the gateway."""

from __future__ import annotations

import argparse

from local_emulator.checked_arguments import seconds
from local_emulator.lambda_limits import LambdaLimits


def add_lambda(parser: argparse.ArgumentParser) -> None:
    delay = LambdaLimits().retry_delay_seconds
    parser.add_argument(
        "--retry-delay", type=seconds, default=delay, metavar="S", help="seconds before a failed event's first retry"
    )
    parser.add_argument("--no-schedules", action="store_true", help="run schedules only when told to")


def read_lambda(given: argparse.Namespace) -> LambdaLimits:
    return LambdaLimits(retry_delay_seconds=given.retry_delay)
