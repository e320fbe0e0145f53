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
        "--ready-file", type=Path, metavar="PATH", help="when ready, write that JSON to a file; removed at the end"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when standard input closes or the parent process ends"
    )


def remove_ready_file(path: Path | None) -> None:
    """Removes the ready file of an earlier run, so that no program reads it."""
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def announced(deployment: Deployment, settings: Settings, console: TextIO) -> Iterator[None]:
    """Announces the emulator; the ready file exists until the block ends."""
    line = json.dumps(ready_facts(deployment, settings))
    print(line if settings.ready_json else greeting(deployment, settings), file=console, flush=True)
    if settings.ready_file is None:
        yield
        return
    _write_whole(settings.ready_file, f"{line}\n")
    try:
        yield
    finally:
        settings.ready_file.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    """Writes a file that no reader sees in part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
