"""`python3 -m bundle FUNCTION FOLDER [--here]`: what the Makefile runs for each function when SAM builds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bundle.build import build
from bundle.functions import FUNCTIONS
from bundle.imports import BundleImportError
from bundle.target import HERE, LAMBDA, BundleTarget


def main() -> None:
    """Builds the bundle that the command line names and prints a summary."""
    parser = argparse.ArgumentParser("python3 -m bundle", description="Build the bundle of one function.")
    parser.add_argument("function", choices=FUNCTIONS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--here", action="store_true", help="for this Python and machine, not for Lambda's")
    given = parser.parse_args()
    target = HERE if given.here else LAMBDA
    try:
        build(given.function, given.folder, target)
    except BundleImportError as error:
        sys.exit(str(error))
    print(summary(given.function, given.folder, target))


def summary(function: str, folder: Path, target: BundleTarget) -> str:
    """Returns one line about the size of a bundle and its byte code."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    made = f"{function}: {size / 1e6:.1f} MB for Python {target.python}"
    if target.interpreter:
        return f"{made}, with byte code"
    return (
        f"{made}, WITHOUT byte code: no python{target.python} on PATH can make it, and each cold start will take twice "
        "as long. Install one (make lambda-python, on Debian), or build in AWS's image: sam build --use-container"
    )


if __name__ == "__main__":
    main()
