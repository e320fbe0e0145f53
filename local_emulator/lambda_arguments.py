"""The arguments of the command line that decide what Lambda does without the gateway."""

from __future__ import annotations

import argparse

from local_emulator.lambda_limits import LambdaLimits


def add_lambda(parser: argparse.ArgumentParser) -> None:
    delay = LambdaLimits().retry_delay_seconds
    parser.add_argument(
        "--retry-delay", type=_seconds, default=delay, metavar="S", help="seconds before a failed event's first retry"
    )
    parser.add_argument("--no-schedules", action="store_true", help="run schedules only when told to")


def read_lambda(given: argparse.Namespace) -> LambdaLimits:
    return LambdaLimits(retry_delay_seconds=given.retry_delay)


def _seconds(text: str) -> float:
    """argparse names the argument in what it says of this error."""
    seconds = float(text)
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"must be between 0 and 86400 seconds, not {text}")
    return seconds
