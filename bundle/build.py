"""Builds one function's bundle: our code, and the packages that this function needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bundle.byte_code import add_byte_code
from bundle.functions import FUNCTIONS
from bundle.imports import check_imports
from bundle.packages import ROOT, copy_packages, installed
from bundle.target import BundleTarget

PACKAGES = ("application", "domain", "handlers", "infra")
SHIPPED = (".py", ".pem")
# As old as a zip file can say: the same sources make the same bundle, whenever it is built.
EPOCH = 315_532_800


def build(function: str, into: Path, target: BundleTarget) -> None:
    """Fills an empty or missing folder, and import the function from it.

    Raises KeyError for a function that template.yaml does not have, BundleImportError for one that does not import.
    """
    packages = FUNCTIONS[function]
    into.mkdir(parents=True, exist_ok=True)
    copy_packages(installed(target), packages, into)
    for file in source_files():
        (into / file.parent).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, into / file)
    if target.interpreter:
        add_byte_code([into / package for package in PACKAGES], target.interpreter)
    _normalize(into)
    check_imports(function, into, target)


def source_files() -> Iterator[Path]:
    """Our code, from the root."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in SHIPPED:
                yield path.relative_to(ROOT)


def _normalize(folder: Path) -> None:
    """Readable for the user that Lambda runs functions as, and without the time of this build."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))
