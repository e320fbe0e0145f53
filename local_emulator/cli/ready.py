"""Announces a started emulator: on the console for people, or as JSON for programs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from local_emulator.cli.banner import greeting
from local_emulator.deployment import Deployment
from local_emulator.readiness import ready_facts
from local_emulator.settings import Settings


def add_ready(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments for programs that start the emulator."""
    parser.add_argument(
        "--ready-json", action="store_true", help="when ready, print one line of JSON in place of the start message"
    )
    parser.add_argument(
        "--ready-file",
        type=_replaceable,
        metavar="PATH",
        help="when ready, write that JSON to a file; removed at the end",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when standard input closes or the parent process ends"
    )


def _replaceable(path: str) -> Path:
    """Returns the path of a file that may be replaced. Raises ArgumentTypeError for a device, a pipe or a folder."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise argparse.ArgumentTypeError(f"{path} is not a file")
    return Path(path)


def remove_ready_file(path: Path | None) -> None:
    """Removes the ready file of an earlier run, so that no program reads it."""
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink()


class AnnouncementError(Exception):
    """The start message or the ready file cannot be written; people and programs would wait without end."""


@contextlib.contextmanager
def announced(deployment: Deployment, settings: Settings, console: TextIO) -> Iterator[None]:
    """Announces the emulator; the ready file exists until the block ends. Raises AnnouncementError."""
    line = json.dumps(ready_facts(deployment, settings))
    try:
        print(line if settings.ready_json else greeting(deployment, settings), file=console, flush=True)
        if settings.ready_file is not None:
            _write_whole(settings.ready_file, f"{line}\n")
    except OSError as problem:
        place = settings.ready_file if problem.filename else "standard output"
        raise AnnouncementError(f"{place}: {problem.strerror}") from problem
    try:
        yield
    finally:
        if settings.ready_file is not None:
            settings.ready_file.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    """Writes a file that no reader sees in part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
