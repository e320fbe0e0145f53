"""The same sources make the same bundle; and whoever builds learns what it lacks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from bundle.__main__ import summary
from bundle.build import build
from bundle.target import HERE, LAMBDA, BundleTarget
from testing.bundles import ROOT, files, for_here

UNCHECKED_HASH = b"\x01\x00\x00\x00"  # PEP 552: hash-based, and check_source not set


def digest(bundle: Path) -> str:
    """Everything that a zip file of it would say: names, modes, times and contents."""
    said = hashlib.sha256()
    for path in sorted(bundle.rglob("*")):
        status = path.stat()
        said.update(f"{path.relative_to(bundle)} {status.st_mode} {status.st_mtime_ns}".encode())
        said.update(path.read_bytes() if path.is_file() else b"")
    return said.hexdigest()


def test_two_builds_are_the_same_to_the_last_bit(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        build("ConnectFunction", tmp_path / "again", HERE)
    finally:
        os.umask(before)

    assert digest(tmp_path / "again") == digest(for_here() / "ConnectFunction")


def test_byte_code_is_used_whatever_the_time_of_a_file() -> None:
    """A zip file keeps no more than two seconds of a time, and deployments set their own."""
    compiled = list((for_here() / "ConnectFunction").rglob("*.pyc"))

    assert len(compiled) > 100
    assert {path.read_bytes()[:8] for path in compiled} == {MAGIC_NUMBER + UNCHECKED_HASH}


def test_our_sources_are_there_for_tracebacks_and_all_of_them_are_compiled() -> None:
    shipped = files(for_here() / "ConnectFunction")
    ours = {file for file in shipped if file.partition("/")[0] in ("application", "domain", "infra")}
    sources = {Path(file).name.removesuffix(".py") for file in ours if file.endswith(".py")}

    assert {Path(file).name.partition(".")[0] for file in ours if file.endswith(".pyc")} == sources


def test_packages_of_others_are_byte_code_alone() -> None:
    bundle = for_here() / "AuthorizerFunction"

    assert {file for file in files(bundle) if file.endswith(".py")} <= set(files_of_ours(bundle))


def files_of_ours(bundle: Path) -> set[str]:
    return {file for file in files(bundle) if file.partition("/")[0] in ("application", "domain", "handlers", "infra")}


def test_tracebacks_name_the_place_where_lambda_puts_a_bundle() -> None:
    compiled = (for_here() / "ConnectFunction" / "botocore" / "client.pyc").read_bytes()

    assert b"/var/task/botocore/client.py" in compiled
    assert str(ROOT).encode() not in compiled


def test_a_bundle_without_byte_code_says_so(tmp_path: Path) -> None:
    nobody_has = BundleTarget("3.2", LAMBDA.platforms)

    assert nobody_has.interpreter is None
    assert "WITHOUT byte code: no python3.2 on PATH" in summary("PushFunction", tmp_path, nobody_has)
    assert "with byte code" in summary("PushFunction", tmp_path, HERE)


def test_an_interpreter_that_does_not_run_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version managers put stand-ins on PATH for every version that they have heard of."""
    stand_in = tmp_path / "python3.2"
    stand_in.write_text("#!/bin/sh\nexit 127\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert BundleTarget("3.2").interpreter is None


def test_a_function_that_the_template_does_not_have_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bundle", "PullFunction", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "PullFunction" in done.stderr
