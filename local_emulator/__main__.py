"""Runs a template's WebSocket APIs on this machine: `python -m local_emulator`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from typing import Any

from local_emulator import __version__, interrupts
from local_emulator.activity_log import Journal
from local_emulator.aws.resources import ResourceCreationError
from local_emulator.cli import wait
from local_emulator.cli.arguments import (
    add_environments,
    add_lambda,
    add_template,
    http_url,
    port_or_any,
    read_environments,
    read_lambda,
    read_template_arguments,
)
from local_emulator.cli.banner import HandlerLogs
from local_emulator.cli.limit_arguments import add_limits, read_limits
from local_emulator.cli.parent import watch_parent
from local_emulator.cli.ready import add_ready, announced, read_ready
from local_emulator.emulator import EmulatorServer
from local_emulator.faults.fields import InvalidFaultError
from local_emulator.faults.parsing import read_fault, read_fault_line
from local_emulator.faults.registry import Fault, TooManyFaultsError
from local_emulator.settings import Settings
from local_emulator.template.reader import InvalidTemplateError
from local_emulator.web.listen import ListenError
from local_emulator.web.open_files import AcceptErrors, raise_open_files

# Threshold of new objects for a collection: fifty concurrent messages hold a few hundred objects each.
YOUNG_OBJECTS = 5_000


# Functions run in processes with POSIX signals, process groups and inherited descriptors.
SYSTEMS = ("linux", "darwin")


def main() -> int:
    """Runs the emulator of the command line. Returns 0 after a stop, 2 for a refused template or argument."""
    if sys.platform not in SYSTEMS:
        print(f"apigw-emulator: {sys.platform} is not supported; use Linux, macOS, or WSL on Windows", file=sys.stderr)
        return 2
    if sys.argv[1:2] == ["wait"]:
        return wait.main(sys.argv[2:])
    settings = read_arguments(sys.argv[1:])
    logging.basicConfig(level=logging.WARNING, handlers=[HandlerLogs(sys.stdout)])
    try:
        asyncio.run(run(settings))
    except (
        InvalidFaultError,
        TooManyFaultsError,
        InvalidTemplateError,
        ListenError,
        ResourceCreationError,
    ) as problem:
        print(f"apigw-emulator: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


async def run(settings: Settings) -> None:
    """Runs the emulator until SIGINT, SIGTERM or, on request, the end of the parent."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if settings.exit_with_parent:
        watch_parent(lambda: loop.call_soon_threadsafe(ended.set))
    console = sys.stdout
    journal = Journal(console)
    raise_open_files()
    loop.set_exception_handler(AcceptErrors(journal.notice))
    emulator = EmulatorServer(settings, journal)
    await emulator.start()
    settle_memory()
    if ended.is_set():  # Ctrl-C during the start
        await emulator.stop()
        return
    with announced(emulator.deployment, emulator.settings, console):
        await ended.wait()
        await emulator.stop()


def settle_memory() -> None:
    """Freezes the objects of the start out of garbage collection."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        interrupts.COMMAND, description="Runs a template's WebSocket APIs on this machine."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    add_template(parser)
    _add_addresses(parser)
    add_limits(parser)
    parser.add_argument(
        "--dynamodb-endpoint",
        type=http_url,
        metavar="URL",
        help="URL of a DynamoDB server, in place of the embedded one",
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="'KIND NAME=VALUE …'", help="switch a fault on (docs/faults.md)"
    )
    add_lambda(parser)
    add_environments(parser)
    add_ready(parser)
    return parser


def _add_addresses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument(
        "--port",
        type=port_or_any,
        default=3001,
        help="port of the gateway and of Lambda's Invoke API (default: 3001; 0: any free port)",
    )
    parser.add_argument(
        "--aws-port",
        type=port_or_any,
        default=3002,
        help="port of DynamoDB, S3, SQS and Secrets Manager (default: 3002; 0: any free port)",
    )


def read_arguments(arguments: list[str]) -> Settings:
    """Returns the settings of a command line. Exits with status 2 if an argument is wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    return Settings(
        **_template_arguments(parser, given),
        host=given.host,
        port=given.port,
        aws_port=given.aws_port,
        limits=read_limits(given),
        dynamodb_endpoint=given.dynamodb_endpoint,
        faults=tuple(_fault(parser, line) for line in given.fault),
        lambda_limits=read_lambda(given),
        schedules=not given.no_schedules,
        **read_environments(given),
        **read_ready(given),
    )


def _template_arguments(parser: argparse.ArgumentParser, given: argparse.Namespace) -> dict[str, Any]:
    try:
        return read_template_arguments(given)
    except argparse.ArgumentTypeError as problem:
        parser.exit(2, f"apigw-emulator: {problem}\n")


def _fault(parser: argparse.ArgumentParser, line: str) -> Fault:
    try:
        return read_fault(read_fault_line(line))
    except InvalidFaultError as problem:
        parser.exit(2, f"apigw-emulator: --fault {line!r}: {problem}\n")


if __name__ == "__main__":
    sys.exit(main())
