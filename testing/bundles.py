"""Bundles as the Makefile makes them for SAM, each made once for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bundle.build import build
from bundle.functions import FUNCTIONS
from bundle.target import HERE

ROOT = Path(__file__).parents[1]
FOLDER_VARIABLE = "BUNDLES_OF_TEST_RUN"
TOKEN_READERS = frozenset({"AuthorizerFunction", "DefaultFunction"})
SENDERS = frozenset({"ConnectFunction", "DefaultFunction", "PushFunction", "SweepFunction", "WebhookFunction"})


@contextmanager
def folder_of_run() -> Iterator[None]:
    """Keeps one folder of bundles for all processes of a test run, and removes it at the end."""
    with TemporaryDirectory(prefix="bundles-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield
        del os.environ[FOLDER_VARIABLE]


def for_lambda() -> Path:
    """Returns the folder of a bundle per function for AWS, made with the rule that `sam build` calls."""
    return _built("lambda", _build_for_lambda)


def for_here() -> Path:
    """Returns the same for this Python and this machine, so that they can be run."""
    return _built("here", _build_for_here)


def _build_for_here(function: str, folder: Path) -> None:
    build(function, folder, HERE)


def _build_for_lambda(function: str, folder: Path) -> None:
    folder.mkdir()
    command = ["make", "--silent", f"build-{function}", f"ARTIFACTS_DIR={folder}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


@cache
def _built(name: str, build_function: Callable[[str, Path], None]) -> Path:
    """Builds in one process of the run; the others wait for it."""
    folder = Path(os.environ[FOLDER_VARIABLE]) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            for function in FUNCTIONS:
                build_function(function, unfinished / function)
            unfinished.rename(folder)
    return folder


def files(bundle: Path) -> set[str]:
    return {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}


def size(bundle: Path) -> int:
    """Unzipped, in bytes."""
    return sum((bundle / file).stat().st_size for file in files(bundle))
