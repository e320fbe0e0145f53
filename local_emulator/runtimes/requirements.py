"""The packages that are installed beside the emulator for its sake alone."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path

OWN = "apigw-emulator"
# Documented (Lambda Developer Guide, "Python runtimes"): the SDK is part of the runtime, and AWS's client with it.
OF_LAMBDA = ("boto3", "awslambdaric")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def emulator_packages(folders: Iterable[Path] = ()) -> Mapping[str, str]:
    """Returns the importable names of such packages, and their distributions: Lambda would not find them.

    A package is the project's too if it was installed by name (PEP 376, REQUESTED). The same holds if
    `requirements.txt` in one of the `folders` names it, or if such a package needs it.
    pip marks nothing that is installed already.
    """
    return _emulator_packages(frozenset(name for folder in folders for name in _declared(folder / "requirements.txt")))


def _declared(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [_normal(match[0]) for line in lines if (match := NAME.match(line.strip())) and not match[0].startswith("-")]


@cache
def _emulator_packages(declared: frozenset[str]) -> dict[str, str]:
    found = ((one, _fields(one, "Name")) for one in importlib.metadata.distributions())
    installed = {_normal(names[0]): one for one, names in found if names}
    if OWN not in installed:
        return {"local_emulator": OWN}
    emulators = _needed([OWN], installed) - {OWN}
    wanted = [name for name, one in installed.items() if name != OWN and _is_wanted(name, one, emulators)]
    projects = [*wanted, *declared]
    hidden = emulators - _needed([*projects, *OF_LAMBDA], installed)
    modules = {"local_emulator": OWN}
    for name in hidden:
        modules |= dict.fromkeys(_modules(installed[name]), name)
    return modules


def _is_wanted(name: str, one: Distribution, emulators: set[str]) -> bool:
    return name not in emulators or one.read_text("REQUESTED") is not None


def _needed(names: Iterable[str], installed: Mapping[str, Distribution]) -> set[str]:
    """Returns the names and all that they lead to, without extras; moto's are the emulator's."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name not in installed:
            continue
        found.add(name)
        lines = _fields(installed[name], "Requires-Dist")
        wanted = [line for line in lines if "extra ==" not in line or name in (OWN, "moto")]
        waiting += [_normal(match[0]) for line in wanted if (match := NAME.match(line))]
    return found


def _fields(one: Distribution, name: str) -> list[str]:
    """Returns the values of a field of the metadata, which would take six times as long to parse as a message."""
    head = (one.read_text("METADATA") or one.read_text("PKG-INFO") or "").partition("\n\n")[0]
    return re.findall(rf"^{name}: (.*)$", head, re.MULTILINE)


def _modules(one: Distribution) -> set[str]:
    text = one.read_text("top_level.txt")
    if text:
        return {line.strip() for line in text.splitlines() if line.strip()}
    parts = [str(file).split("/") for file in one.files or ()]
    names = {part[0].removesuffix(".py") for part in parts if part[0].endswith(".py") or len(part) > 1}
    return {name for name in names if name.isidentifier()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
