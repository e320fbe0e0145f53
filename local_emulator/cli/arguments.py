"""Parses ports, times, addresses and template parameters; argparse adds the argument's name to these errors."""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_emulator.aws.fixed_answers import AnswerOption, InvalidAnswerError, read_answer_option
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.cli.route_argument import ROUTE_HELP, route
from local_emulator.cli.table_argument import TABLE_HELP, table
from local_emulator.cli.template_files import DEFAULT_TEMPLATES, named, templates_of, usual_template
from local_emulator.settings import Settings


def port_number(text: str) -> int:
    """Returns a port of 1 to 65535. Raises ArgumentTypeError."""
    return _whole(text, 1, 65_535)


def port_or_any(text: str) -> int:
    """Returns a port of 1 to 65535, or 0 for any free port. Raises ArgumentTypeError."""
    return _whole(text, 0, 65_535)


def seconds(text: str) -> float:
    """Returns a number of seconds from 0 to one day. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86_400:
        raise argparse.ArgumentTypeError(f"must be between 0 and 86400 seconds, not {text}")
    return number


def _whole(text: str, minimum: int, maximum: int) -> int:
    """Returns a whole number within bounds. Raises ArgumentTypeError; argparse would name the type of other errors."""
    number = int(text) if re.fullmatch(r"-?\d{1,9}", text) else minimum - 1
    if not minimum <= number <= maximum:
        raise argparse.ArgumentTypeError(f"must be between {minimum} and {maximum}, not {text}")
    return number


def http_url(text: str) -> str:
    """Returns an http or https URL. Raises ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"must be an http or https URL, such as http://localhost:8000, not {text!r}")
    return text


def add_lambda(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of retries and schedules."""
    delay = LambdaLimits().retry_delay_seconds
    parser.add_argument(
        "--retry-delay",
        type=seconds,
        default=delay,
        metavar="S",
        help=f"delay of the first retry of a failed asynchronous event (default: {delay:g})",
    )
    parser.add_argument("--no-schedules", action="store_true", help="run schedules only on request (inspector or HTTP)")


def read_lambda(given: argparse.Namespace) -> LambdaLimits:
    """Returns the limits of Lambda from parsed arguments."""
    return LambdaLimits(retry_delay_seconds=given.retry_delay)


def add_environments(parser: argparse.ArgumentParser) -> None:
    """Adds what decides on the execution environments of functions."""
    known = Settings()
    parser.add_argument(
        "--max-environments",
        type=partial(_whole, minimum=1, maximum=1000),
        default=known.max_environments,
        metavar="N",
        help=f"environments of one function without reserved concurrency (default: {known.max_environments})",
    )
    parser.add_argument(
        "--environment-wait-ms",
        type=partial(_whole, minimum=0, maximum=60_000),
        default=known.environment_wait_ms,
        metavar="MS",
        help=f"wait for a free environment before another is made (default: {known.environment_wait_ms})",
    )
    parser.add_argument("--python", type=_executable, metavar="PATH", help="interpreter of Python functions")
    parser.add_argument("--debug", metavar="FUNCTION", help="open a debugger's port for a function; no time-outs")
    parser.add_argument("--debug-port", type=port_number, default=known.debug_port, help="that port")
    parser.add_argument(
        "--isolation", choices=["auto", "thread", "process"], help="no effect: functions always have processes"
    )


def terminal() -> str | None:
    """Returns the terminal that a debugger can have: the one that this process reads from and prints to."""
    try:
        return os.ttyname(0) if sys.stdin.isatty() and sys.stdout.isatty() else None
    except (OSError, ValueError, AttributeError):
        return None


def _executable(text: str) -> Path:
    path = Path(text).absolute()
    if not os.access(path, os.X_OK) or not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is no executable file")
    return path


def add_template(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that choose a template and its values."""
    known = Settings()
    names = ", ".join(DEFAULT_TEMPLATES)
    parser.add_argument(
        "--template",
        type=templates_of,
        action="extend",
        metavar="[STACK=]PATH",
        help=f"SAM or CloudFormation template, or the folder of one; several stacks (default: the first of {names})",
    )
    parser.add_argument("templates", nargs="*", type=templates_of, metavar="TEMPLATE", help="the same as --template")
    _add_pairs(parser, "--parameter", "template parameter; wins over the parameter_overrides of samconfig.toml")
    _add_pairs(parser, "--import", "value for Fn::ImportValue, in place of another stack's export")
    _add_pairs(parser, "--code", "folder or zip archive with the code of a function or layer whose template says S3")
    _add_project_files(parser)
    _add_without_template(parser)
    parser.add_argument("--region", type=_region, default=known.region, help=f"AWS::Region (default: {known.region})")


def _add_project_files(parser: argparse.ArgumentParser) -> None:
    """Adds what decides on the files beside a template, and on its notices."""
    parser.add_argument(
        "--env-vars", type=Path, metavar="FILE", help="JSON file with environment variables, as for `sam local`"
    )
    parser.add_argument(
        "--config-env", default="default", metavar="NAME", help="part of samconfig.toml (default: default)"
    )
    parser.add_argument("--strict", action="store_true", help="refuse a template with parts that are not emulated")


def _add_without_template(parser: argparse.ArgumentParser) -> None:
    """Adds what comes from no template."""
    _add_pairs(parser, "--api-id", "id of an API, by its logical id, for handlers that have it in their code")
    parser.add_argument(
        "--table", action="append", default=[], type=table, metavar="NAME=KEY[:S|N|B][,RANGE[:S|N|B]]", help=TABLE_HELP
    )
    parser.add_argument(
        "--answer", action="append", default=[], type=_answer, metavar="SERVICE.ACTION=FILE", help=ANSWER_HELP
    )
    parser.add_argument("--route", action="append", default=[], type=route, metavar="KEY=FILE:HANDLER", help=ROUTE_HELP)
    _add_pairs(parser, "--variable", "environment variable of the functions of --route")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        type=_host,
        metavar="HOST[:PORT]",
        help="host that HTTP integrations may call, beside this machine",
    )


def read_template_arguments(given: argparse.Namespace) -> dict[str, Any]:
    """Returns the fields of Settings that are made of several arguments of a template. Raises ArgumentTypeError."""
    if given.route and (given.template or given.templates or given.parameter):
        raise argparse.ArgumentTypeError("--route is for a project without a template: leave --template out")
    if len({option.key for option in given.route}) < len(given.route):
        raise argparse.ArgumentTypeError("--route gives a key twice")
    templates = [*(given.template or []), *(one for found in given.templates for one in found)]
    (stack, template), *others = named(templates or [(None, usual_template())]).items()
    return {
        "template": template,
        "stack_name": stack,
        "more_templates": dict(others),
        "allowed_hosts": tuple(given.allow_host),
        "api_ids": {name: _api_id(text) for name, text in given.api_id},
        "tables": tuple(given.table),
        "routes": tuple(given.route),
        "answers": tuple(given.answer),
        "variables": dict(given.variable),
        "parameters": dict(given.parameter),
        "exports": dict(getattr(given, "import")),
        "code": {name: Path(path) for name, path in given.code},
    }


ANSWER_HELP = (
    "JSON file that answers an action of AWS which the emulator does not have, such as bedrock-runtime.converse"
)


def _answer(text: str) -> AnswerOption:
    try:
        return read_answer_option(text)
    except InvalidAnswerError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault


def _api_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{1,63}", text):
        raise argparse.ArgumentTypeError(f"--api-id: {text!r} must be lower-case letters and digits")
    return text


def _add_pairs(parser: argparse.ArgumentParser, name: str, help: str) -> None:
    parser.add_argument(name, action="append", default=[], type=pair, metavar="NAME=VALUE", help=help)


def pair(text: str) -> tuple[str, str]:
    """Splits NAME=VALUE. Raises ArgumentTypeError."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=VALUE")
    return name, value


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a host such as api.example.com, or api.example.com:8443")
    return text.lower()


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no Region. Use a name such as eu-west-1")
    if text.startswith(("cn-", "us-gov-", "us-iso")):
        raise argparse.ArgumentTypeError(f"{text} is outside the partition `aws`; other partitions are not emulated")
    return text
