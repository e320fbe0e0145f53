"""Reads the gateway's limits, and its choices where AWS documents nothing, from the command line."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from local_emulator.apigateway.rules.limits import DEFAULT_LIMITS, GatewayLimits
from local_emulator.cli.arguments import seconds

WORDS = {"true": True, "false": False}


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that change limits of the gateway."""
    parser.add_argument(
        "--idle-timeout", type=seconds, metavar="S", help="idle timeout of the gateway in seconds (default: 600)"
    )
    parser.add_argument(
        "--max-age", type=seconds, metavar="S", help="maximum connection age in seconds (default: 7200)"
    )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        type=_limit,
        metavar="NAME=VALUE",
        help="a limit or choice of docs/emulator.md, such as enforce_rates=true",
    )


def read_limits(given: argparse.Namespace) -> GatewayLimits:
    """Returns the limits. A later --limit wins; --idle-timeout and --max-age win over --limit."""
    changed: dict[str, Any] = dict(given.limit)
    if given.idle_timeout is not None:
        changed["idle_seconds"] = given.idle_timeout
    if given.max_age is not None:
        changed["max_age_seconds"] = given.max_age
    return GatewayLimits(**changed)


def _limit(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    known = {one.name: getattr(DEFAULT_LIMITS, one.name) for one in fields(GatewayLimits)}
    if name not in known:
        raise argparse.ArgumentTypeError(f"there is no limit {name!r}. The limits are {', '.join(known)}")
    try:
        return name, _value(name, value, known[name])
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"{name} cannot be {value!r}. The default is {known[name]!r}") from None


def _value(name: str, text: str, default: object) -> Any:
    if name == "outbound_opcode":
        return {"text": "text", "binary": "binary"}[text]
    if isinstance(default, bool):
        return WORDS[text.lower()]
    if isinstance(default, str):
        return text
    number = float(text) if isinstance(default, float) or name.endswith("_seconds") else int(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number
