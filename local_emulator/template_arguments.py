"""The arguments of the command line that decide what the template means."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from local_emulator.settings import Settings

USUAL = (Path("template.yaml"), Path("template.yml"), Path("template.json"))


def add_template(parser: argparse.ArgumentParser) -> None:
    known = Settings()
    names = ", ".join(map(str, USUAL))
    parser.add_argument("--template", type=Path, default=_usual(), help=f"SAM or CloudFormation template ({names})")
    _add_pairs(parser, "--parameter", "template parameter")
    _add_pairs(parser, "--import", "what Fn::ImportValue finds, as another stack would export it")
    parser.add_argument("--region", type=_region, default=known.region, help=f"AWS::Region (default: {known.region})")


def read_template_arguments(given: argparse.Namespace) -> dict[str, Any]:
    """Fields of Settings."""
    return {
        "template": given.template,
        "parameters": dict(given.parameter),
        "exports": dict(getattr(given, "import")),
        "region": given.region,
    }


def _usual() -> Path:
    """The template of this folder, in the order in which `sam` looks for it."""
    return next((path for path in USUAL if path.is_file()), USUAL[0])


def _add_pairs(parser: argparse.ArgumentParser, name: str, help: str) -> None:
    parser.add_argument(name, action="append", default=[], type=_pair, metavar="NAME=VALUE", help=help)


def _pair(text: str) -> tuple[str, str]:
    """argparse names the argument in what it says of this error."""
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=VALUE")
    return name, value


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no Region, such as eu-west-1")
    if text.startswith(("cn-", "us-gov-", "us-iso")):
        raise argparse.ArgumentTypeError(f"{text} is in a partition of its own, which is not emulated")
    return text
