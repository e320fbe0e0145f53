"""Writes the version of local_emulator/version.py into the other packages: python -m testing.release.versions [0.2.0]

With an argument it first sets that version. npm and setuptools read literal versions, so copies are needed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from testing.running import ROOT

SOURCE = "local_emulator/version.py"
# A file → the pattern before each version in it; the number of matches is fixed, so that no copy is missed.
COPIES = {
    "clients/python/pyproject.toml": (r'^version = "', 1),
    "clients/browser/package.json": (r'^  "version": "', 1),
    "clients/browser/package-lock.json": (r'"name": "upload-progress",\s+"version": "', 2),
    "clients/browser/src/version.js": (r'VERSION = "', 1),
    "clients/browser/upload-progress-shared.js": (r'^var VERSION = "', 1),
    "clients/node/package.json": (r'^  "version": "', 1),
    "clients/node/README.md": (r"upload-progress-reporter-", 2),
}
VERSION = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"


class VersionPlaceError(Exception):
    """A file has not the versions that it should have."""


def current(root: Path = ROOT) -> str:
    """Returns the version of all packages, from its one source."""
    return found(SOURCE, r'^__version__ = "', 1, (root / SOURCE).read_text(encoding="utf-8"))[0]


def found(name: str, before: str, count: int, text: str) -> list[str]:
    """Returns the versions in a file. Raises VersionPlaceError if there are more or fewer than `count`."""
    versions = re.findall(rf"(?m){before}({VERSION})", text)
    if len(versions) != count:
        raise VersionPlaceError(f"{name} has {len(versions)} versions after {before!r}, but should have {count}")
    return versions


def replaced(name: str, before: str, count: int, text: str, version: str) -> str:
    """Returns the text of a file with the version in each place. Raises VersionPlaceError as `found` does."""
    found(name, before, count, text)
    return re.sub(rf"(?m)({before}){VERSION}", rf"\g<1>{version}", text)


def write(version: str, root: Path = ROOT) -> None:
    """Writes the version into its source and all copies."""
    for name, (before, count) in {SOURCE: (r'^__version__ = "', 1), **COPIES}.items():
        path = root / name
        path.write_text(replaced(name, before, count, path.read_text(encoding="utf-8"), version), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Sets the version that is given, or copies the current one."""
    version = arguments[0] if arguments else current()
    if not re.fullmatch(VERSION, version):
        print(f"{version} is no version; write 0.2.0 or 0.2.0rc1", file=sys.stderr)
        return 2
    write(version)
    print(f"All packages have the version {version}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
