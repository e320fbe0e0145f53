"""Bundles as the Makefile makes them for SAM, each made once for all tests that look at it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bundle.build import build
from bundle.functions import FUNCTIONS
from bundle.target import HERE

ROOT = Path(__file__).parents[1]
TOKEN_READERS = frozenset({"AuthorizerFunction", "DefaultFunction"})
SENDERS = frozenset({"ConnectFunction", "DefaultFunction", "PushFunction", "SweepFunction"})
_kept: list[TemporaryDirectory[str]] = []


@cache
def for_lambda() -> Path:
    """The folder of a bundle per function for AWS, made with the rule that `sam build` calls."""
    folder = _folder()
    for function in FUNCTIONS:
        (folder / function).mkdir()
        command = ["make", "--silent", f"build-{function}", f"ARTIFACTS_DIR={folder / function}"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@cache
def for_here() -> Path:
    """The same for this Python and this machine, so that they can be run."""
    folder = _folder()
    for function in FUNCTIONS:
        build(function, folder / function, HERE)
    return folder


def files(bundle: Path) -> set[str]:
    return {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}


def size(bundle: Path) -> int:
    """Unzipped, in bytes."""
    return sum((bundle / file).stat().st_size for file in files(bundle))


def _folder() -> Path:
    _kept.append(TemporaryDirectory(prefix="bundles-"))
    return Path(_kept[-1].name)
