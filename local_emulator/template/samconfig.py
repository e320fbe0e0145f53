"""Reads the template parameters of a project from its `samconfig.toml`, `.yaml` or `.yml`, as `sam deploy` has them."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from local_emulator.template.coercion import as_text
from local_emulator.template.document import InvalidTemplateError, Location

NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
# The most specific first; the first one with overrides is taken, as SAM CLI replaces values and merges none.
COMMANDS = ("local_start_api", "local_invoke", "deploy", "global")
DEFAULT_ENVIRONMENT = "default"
BUILT = (".aws-sam", "build")
KEY_AND_VALUE = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)", re.DOTALL)


def samconfig_path(template: Path) -> Path:
    """Returns the configuration of a template's project, whether it exists or not; a build belongs to its project."""
    folder = template.absolute().parent
    if folder.parts[-2:] == BUILT:
        folder = folder.parents[1]
    return next((folder / name for name in NAMES if (folder / name).is_file()), folder / NAMES[0])


def samconfig_parameters(path: Path, environment: str = DEFAULT_ENVIRONMENT) -> dict[str, str]:
    """Returns `parameter_overrides`, empty if there are none. Raises InvalidTemplateError, with the file's line.

    An environment that was asked for must be there; `default` may be missing.
    """
    document = _load(path) if path.is_file() else {}
    if environment != DEFAULT_ENVIRONMENT and not (isinstance(document, dict) and environment in document):
        raise InvalidTemplateError(Location(path), f"has no environment {environment} (--config-env)")
    section = document.get(environment, {}) if isinstance(document, dict) else None
    for command in COMMANDS:
        try:
            overrides = section[command]["parameters"]["parameter_overrides"]  # type: ignore[index]
        except (LookupError, TypeError):
            continue
        return dict(_pairs(path, overrides))
    return {}


def _load(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return _toml(path, text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as fault:
        raise InvalidTemplateError(Location(path), f"cannot be read: {' '.join(str(fault).split())}") from fault


def _toml(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"line (\d+)", str(fault))  # without one, the fault is at the end of the document
        at = Location(path, int(line[1]) if line else len(text.splitlines()))
        raise InvalidTemplateError(at, f"is not TOML: {fault}") from fault


def _pairs(path: Path, overrides: Any) -> Iterator[tuple[str, str]]:
    """Yields the pairs of `"A=1 B=2"`, `["A=1", "B=2"]`, `{A = "1"}` and of `ParameterKey=A,ParameterValue=1`."""
    if isinstance(overrides, dict):
        for name, value in overrides.items():
            yield name, _text(path, value)
        return
    for item in overrides if isinstance(overrides, list) else [overrides]:
        for token in _tokens(path, _text(path, item)):
            match = KEY_AND_VALUE.fullmatch(token)
            name, equals, value = (match[1], "=", match[2]) if match else token.partition("=")
            if not equals or not name:
                raise _invalid(path, f"{token!r} must be NAME=VALUE")
            yield name, value


def _tokens(path: Path, text: str) -> list[str]:
    """Splits at blanks outside of quotes; text whose second word is no pair is one pair with blanks in its value."""
    try:
        tokens = shlex.split(text)
    except ValueError as fault:
        raise _invalid(path, f"{text!r}: {fault}") from fault
    return tokens if all("=" in token for token in tokens) else [text]


def _text(path: Path, value: Any) -> str:
    text = as_text(value)
    if text is None:
        raise _invalid(path, f"{value!r} must be text")
    return text


def _invalid(path: Path, problem: str) -> InvalidTemplateError:
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next((at for at, line in enumerate(lines, 1) if "parameter_overrides" in line), 0)
    return InvalidTemplateError(Location(path, number), f"parameter_overrides: {problem}")
