"""Options as environment variables: `APIGW_EMULATOR_PORT=3005` is `--port 3005`. The command line wins."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Mapping

PREFIX = "APIGW_EMULATOR_"
SWITCHES = {"1": True, "true": True, "yes": True, "on": True, "": False, "0": False, "false": False, "no": False}
SWITCHES |= {"off": False}


def environment_arguments(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> list[str]:
    """Returns the arguments that the environment asks for. Exits with status 2 for a wrong value."""
    options = {name: action for action in parser._actions if (name := variable_of(action)) is not None}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in options)
    if unknown:
        parser.error(f"{', '.join(unknown)} is no option; --help lists the options")
    return [argument for name in options if name in environ for argument in _arguments(parser, options[name], environ)]


def variable_of(action: argparse.Action) -> str | None:
    """Returns the environment variable of an option; None for an argument that has none."""
    if not action.option_strings or action.dest in ("help", "version"):
        return None
    return PREFIX + action.option_strings[-1].lstrip("-").replace("-", "_").upper()


def _arguments(parser: argparse.ArgumentParser, action: argparse.Action, environ: Mapping[str, str]) -> Iterator[str]:
    option, name = action.option_strings[-1], variable_of(action) or ""
    text = environ[name]
    if action.nargs == 0:
        if text.lower() not in SWITCHES:
            parser.error(f"{name}: {text!r} must be true or false")
        yield from [option] * SWITCHES[text.lower()]
        return
    for value in shlex.split(text) if isinstance(action.default, list) or action.dest == "template" else [text]:
        _check(parser, action, name, value)
        yield f"{option}={value}"


def _check(parser: argparse.ArgumentParser, action: argparse.Action, name: str, value: str) -> None:
    try:
        if callable(action.type):
            action.type(value)
    except argparse.ArgumentTypeError as problem:
        parser.error(f"{name}: {problem}")
    except (TypeError, ValueError):
        parser.error(f"{name}: invalid value: {value!r}")
    if action.choices is not None and value not in action.choices:
        parser.error(f"{name}: {value!r} must be one of {', '.join(map(str, action.choices))}")
