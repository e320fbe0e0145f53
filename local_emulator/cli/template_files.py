"""Finds the templates of a command line: files, and folders that packagers write."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

DEFAULT_TEMPLATES = ("template.yaml", "template.yml", "template.json")
BUILT = ".aws-sam/build/template.yaml"
PACKAGED = (BUILT, "cloudformation-template-update-stack.json", "sam.json")
"""The names that `sam build`, `serverless package` and `chalice package` give a template in a folder of their own."""
NamedTemplate = tuple[str | None, Path]


def templates_of(text: str) -> list[NamedTemplate]:
    """Returns the templates of one `--template [STACK=]PATH`, each with the name of its stack, None if not given.

    A folder means the stacks of `cdk synth`, or the template in it. Raises ArgumentTypeError.
    """
    name, equals, path = text.partition("=")
    stack, place = (name, Path(path)) if equals and not Path(text).exists() else (None, Path(text))
    if stack == "":
        raise argparse.ArgumentTypeError(f"{text!r} must be PATH or STACK=PATH")
    if re.fullmatch(r"[a-z-]+", text) and not place.exists():
        raise argparse.ArgumentTypeError(f"{text} is no command, and no template has this name")
    return [(stack or found, file) for found, file in _in_folder(place)] if place.is_dir() else [(stack, place)]


def named(templates: Iterable[NamedTemplate]) -> dict[str, Path]:
    """Returns the templates by stack name. Raises ArgumentTypeError if two stacks have one name."""
    found: dict[str, Path] = {}
    for stack, path in templates:
        name = stack or (_name_of(path) if found else "local")
        if name in found:
            message = f"the stack {name} is given twice; --template STACK=PATH names a stack"
            raise argparse.ArgumentTypeError(message)
        found[name] = path
    return found


def usual_template() -> Path:
    """Returns the template of this folder, else the one of `sam build`: the sources reload when they change."""
    names = (*DEFAULT_TEMPLATES, BUILT)
    return next((Path(name) for name in names if Path(name).is_file()), Path(DEFAULT_TEMPLATES[0]))


def _name_of(path: Path) -> str:
    """Returns `Chat` for `Chat.template.json` and for `Chat/template.yaml`."""
    stem = path.name.split(".")[0]
    return path.absolute().parent.name if stem == "template" else stem


def _in_folder(folder: Path) -> Iterator[NamedTemplate]:
    stacks = list(_cdk_stacks(folder / "manifest.json"))
    usual = next((folder / name for name in (*DEFAULT_TEMPLATES, *PACKAGED) if (folder / name).is_file()), None)
    if not stacks and usual is None:
        raise argparse.ArgumentTypeError(f"{folder} has no template")
    yield from stacks or [(None, usual or folder)]


def _cdk_stacks(manifest: Path) -> Iterator[NamedTemplate]:
    """Yields the stacks of a cloud assembly, in the order in which they may be deployed."""
    try:
        artifacts = json.loads(manifest.read_text())["artifacts"]
        stacks = {name: one for name, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
        files = {name: (one, str(one["properties"]["templateFile"])) for name, one in stacks.items()}
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise argparse.ArgumentTypeError(f"{manifest} is no manifest of `cdk synth`: {fault!r}") from fault
    for name, (one, file) in files.items():
        yield str(one["properties"].get("stackName") or name), manifest.parent / file
