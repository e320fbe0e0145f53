"""The reporter of a former commit, from `git archive`, in a package of its own name."""

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
def former_upload_class() -> Iterator[Any]:
    """Yields the class of an upload's state in the former reporter.

    Raises:
        subprocess.CalledProcessError: the clone does not have the commit (a shallow one).
    """
    command = ["git", "archive", COMMIT, f"clients/python/src/{PACKAGE}"]
    archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
        (Path(folder) / f"clients/python/src/{PACKAGE}").rename(Path(folder) / "former_reporter")
        sys.path.insert(0, folder)
        try:
            yield importlib.import_module("former_reporter.upload").Upload
        finally:
            sys.path.remove(folder)
