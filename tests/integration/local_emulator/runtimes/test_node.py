"""The Node that is found for a function among those that are installed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from local_emulator.runtimes.node import MIN_MAJOR, NoNodeError, find, probe


def fake(folder: Path, version: str, name: str = "node") -> Path:
    """An executable that answers the probe as a Node of that version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    told = json.dumps({"version": version, "flags": []})
    path.write_text(f"#!{sys.executable}\nprint('{told}')\n")
    path.chmod(0o755)
    return path


def test_the_projects_own_node_is_preferred(tmp_path: Path) -> None:
    own = fake(tmp_path / "project" / "node_modules" / ".bin", "22.1.0")
    fake(tmp_path / "bin", "22.9.0")

    found = find("nodejs22.x", tmp_path / "project", {"PATH": str(tmp_path / "bin")})

    assert (found.path, found.version) == (own, (22, 1, 0))


def test_a_version_manager_is_asked_for_the_major_that_path_lacks(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "20.1.0")
    fake(tmp_path / ".nvm/versions/node/v22.3.0/bin", "22.3.0")
    fake(tmp_path / ".nvm/versions/node/v23.0.0/bin", "23.0.0")
    own = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}

    assert find("nodejs22.x", tmp_path, own).version == (22, 3, 0)
    assert find("nodejs21.x", tmp_path, own).version == (20, 1, 0)


def test_a_name_with_the_major_is_found(tmp_path: Path) -> None:
    fake(tmp_path, "20.1.0")
    fake(tmp_path, "24.0.0-nightly2025", "node24")

    assert find("nodejs24.x", tmp_path, {"PATH": str(tmp_path)}).version == (24, 0, 0)


def test_what_is_no_node_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "node").chmod(0o755)
    (tmp_path / "node22").mkdir()
    (tmp_path / "node-22").write_text("not executable")

    with pytest.raises(NoNodeError, match="needs Node 22; none is on PATH"):
        find("nodejs22.x", tmp_path, {"PATH": str(tmp_path)})


def test_a_node_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = fake(tmp_path, "16.20.0")

    with pytest.raises(NoNodeError, match=f"older than 18: {old}"):
        find("nodejs16.x", tmp_path, {"PATH": str(tmp_path)})


@pytest.mark.node
def test_an_installed_node_tells_its_version_and_flags() -> None:
    found = find("nodejs20.x", Path("/nowhere"), os.environ)

    assert found.major >= MIN_MAJOR and probe(found.path) == found
    assert set(found.flags) <= {"--no-experimental-require-module", "--no-experimental-detect-module"}
