"""Byte code, which halves a cold start. Only the target's own version of Python can make it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

TASK_ROOT = "/var/task"  # where Lambda unpacks a bundle: what tracebacks are to name


def add_byte_code(folders: Iterable[Path], interpreter: str) -> None:
    """Beside the sources, in `__pycache__`, where tracebacks still find the lines."""
    for folder in folders:
        _compile(folder, interpreter, f"{TASK_ROOT}/{folder.name}")


def replace_by_byte_code(folder: Path, interpreter: str) -> None:
    """Replaces the sources of other projects' packages by byte code: both together would be too large."""
    _compile(folder, interpreter, TASK_ROOT, "-b")
    for source in folder.rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()


def _compile(folder: Path, interpreter: str, shown_as: str, *options: str) -> None:
    """Compiles with unchecked hashes, because zip files and deployments change times."""
    command = [interpreter, "-I", "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, *options, "-s", str(folder), "-p", shown_as, str(folder)], check=True)
