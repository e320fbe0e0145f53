"""What ships is pinned to the bit: requirements.lock has every package, of one version, with hashes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bundle.functions import FUNCTIONS
from bundle.packages import LOCK
from testing.bundles import ROOT, for_lambda

pytestmark = pytest.mark.timeout(300)  # the first test makes all bundles for AWS, and installs the lock twice

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(file: Path) -> dict[str, str]:
    return {name.lower(): version for name, version in PIN.findall(file.read_text(encoding="utf-8"))}


def test_the_lock_keeps_what_was_asked_for() -> None:
    asked = pins(ROOT / "handlers" / "requirements.txt")

    assert asked
    assert asked.items() <= pins(LOCK).items()


def test_every_package_has_hashes_and_none_comes_from_an_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^#.*\n", "", text))

    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_package_of_a_bundle_is_in_the_lock(function: str) -> None:
    named = {path.name.removesuffix(".dist-info") for path in (for_lambda() / function).glob("*.dist-info")}
    shipped = {tuple(name.replace("_", "-").lower().rsplit("-", 1)) for name in named}

    assert shipped <= set(pins(LOCK).items())


def test_a_package_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    """pip does that; it is asked as the bundle asks it."""
    forged = tmp_path / "requirements.lock"
    forged.write_text("six==1.17.0 --hash=sha256:" + "0" * 64)
    pip = [sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "--target", str(tmp_path)]
    done = subprocess.run([*pip, "--requirement", str(forged)], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
