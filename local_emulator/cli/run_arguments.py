"""The command line of a run: its options and what they mean."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from local_emulator.cli.arguments import (
    add_environments,
    add_lambda,
    add_template,
    http_url,
    port_or_any,
    read_lambda,
    read_template_arguments,
    terminal,
)
from local_emulator.cli.environment_options import PREFIX, environment_arguments
from local_emulator.cli.limit_arguments import add_limits, read_limits
from local_emulator.cli.ready import add_ready, remove_ready_file
from local_emulator.faults.fields import InvalidFaultError
from local_emulator.faults.parsing import read_fault, read_fault_line
from local_emulator.faults.registry import Fault
from local_emulator.interrupts import COMMAND
from local_emulator.settings import Settings
from local_emulator.version import __version__

ENGINES = ("moto", "local")
LOG_LEVELS = ("debug", "info", "warning", "error")


def _parser(command: str, epilog: str) -> argparse.ArgumentParser:
    name = f"{COMMAND} {command}".strip()
    description = "Runs a template's WebSocket APIs on this machine."
    if command == "validate":
        description = "Reads a template and names what is not emulated; runs nothing."
    parser = argparse.ArgumentParser(
        name, usage=f"{name} [options] [TEMPLATE ...]", description=description, epilog=epilog
    )
    parser.add_argument("-V", "--version", action="version", version=f"%(prog)s {__version__}")
    add_template(parser)
    _add_addresses(parser)
    add_limits(parser)
    _add_dynamodb(parser)
    parser.add_argument(
        "--fault", action="append", default=[], metavar="'KIND NAME=VALUE …'", help="switch a fault on (docs/faults.md)"
    )
    add_lambda(parser)
    add_environments(parser)
    add_ready(parser)
    _add_tls(parser)
    parser.add_argument(
        "--log-level", choices=LOG_LEVELS, default="info", help="least important lines of the console (default: info)"
    )
    parser.add_argument(
        *("-q", "--quiet"), action="store_const", dest="log_level", const="error", help="the same as --log-level error"
    )
    return parser


def _add_dynamodb(parser: argparse.ArgumentParser) -> None:
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument(
        "--dynamodb",
        choices=ENGINES,
        default=ENGINES[0],
        help="engine of the tables: moto (default), or AWS's DynamoDB Local, which needs Java 17",
    )
    engines.add_argument(
        "--dynamodb-endpoint",
        type=http_url,
        metavar="URL",
        help="URL of a DynamoDB server, in place of the embedded one",
    )


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


def _add_tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tls", action="store_true", help="serve wss:// and https:// too, on the same port, with a new certificate"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate of --tls, in place of a new one")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, if that is another file")


def read_arguments(
    arguments: list[str], environ: Mapping[str, str] | None = None, command: str = "", epilog: str = ""
) -> Settings:
    """Returns the settings of a command line; `environ` are options too. Exits with status 2 if one is wrong."""
    parser = _parser(command, epilog)
    given = parser.parse_args(arguments)
    if environ:
        named = {f"{PREFIX}TEMPLATE"} if given.template or given.templates or given.route else set()
        options = environment_arguments(parser, {name: environ[name] for name in environ if name not in named})
        given = parser.parse_args([*options, *arguments])
    remove_ready_file(given.ready_file)
    # Arguments with the name of a field of Settings are its value.
    same: dict[str, Any] = {one.name: getattr(given, one.name) for one in fields(Settings) if hasattr(given, one.name)}
    made: dict[str, Any] = {
        "limits": read_limits(given),
        "faults": tuple(_fault(parser, line) for line in given.fault),
        "lambda_limits": read_lambda(given),
        "schedules": not given.no_schedules,
        "terminal": terminal(),
        "tls": given.tls or given.tls_cert is not None,
    }
    return Settings(**same | _template_arguments(parser, given) | made)


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
