"""Parts of a former commit, from `git archive`; its reporter is a package of its own name."""

from __future__ import annotations

import importlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMIT = "2634acc"
PACKAGE = "upload_progress_reporter"
ROOT = Path(__file__).parents[2]


@contextmanager
def former_folder(path: str) -> Iterator[Path]:
    """Yields a copy of a folder of the former commit."""
    archive = subprocess.check_output(["git", "archive", COMMIT, path], cwd=ROOT)
    with tempfile.TemporaryDirectory() as target, tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(target, filter="data")
        yield Path(target) / path


@contextmanager
def former_upload_class() -> Iterator[Any]:
    """Yields the class of an upload's state in the former reporter.

    Raises:
        subprocess.CalledProcessError: the clone does not have the commit (a shallow one).
    """
    with former_folder(f"clients/python/src/{PACKAGE}") as package:
        folder = str(package.rename(package.with_name("former_reporter")).parent)
        sys.path.insert(0, folder)
        try:
            yield importlib.import_module("former_reporter.upload").Upload
        finally:
            sys.path.remove(folder)
