"""A build fails if its function does not import from the finished bundle, with nothing else in sight."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bundle.imports import BundleImportError, check_imports
from bundle.target import HERE, LAMBDA, BundleTarget
from testing.bundles import ROOT, files, for_here, for_lambda

pytestmark = pytest.mark.timeout(300)  # the first test makes all bundles for AWS, and installs the lock twice


def without(pattern: str, bundle: Path, into: Path) -> Path:
    """A copy of a bundle without the files of this pattern."""
    shutil.copytree(bundle, into)
    lacking = list(into.glob(pattern))
    assert lacking
    for file in lacking:
        file.unlink()
    return into


@pytest.mark.parametrize("target", [HERE, LAMBDA], ids=["here", "lambda"])
@pytest.mark.parametrize(
    ("function", "lacking", "said"),
    [
        ("DisconnectFunction", "handlers/disconnect.*", "handlers.disconnect"),
        ("DisconnectFunction", "handlers/bootstrap.*", "bootstrap"),
        ("AuthorizerFunction", "jwt/*.py*", "jwt"),
        ("AuthorizerFunction", "botocore/session.*", "botocore.session"),
        ("AuthorizerFunction", "cryptography/**/_rust.*so", "cryptography"),
        ("PushFunction", "httptools/parser/parser.*so", "httptools"),
    ],
)
def test_a_module_that_is_not_there_is_named(
    tmp_path: Path, target: BundleTarget, function: str, lacking: str, said: str
) -> None:
    made = (for_here() if target is HERE else for_lambda()) / function
    with pytest.raises(BundleImportError) as failed:
        check_imports(function, without(lacking, made, tmp_path / "bundle"), target)

    assert str(failed.value).startswith(f"{function} does not import from its bundle")
    assert said in str(failed.value).splitlines()[-1]


def test_looking_leaves_no_trace_in_the_bundle(tmp_path: Path) -> None:
    bundle = without("domain/__pycache__/*", for_here() / "PushFunction", tmp_path / "bundle")
    before = files(bundle)

    check_imports("PushFunction", bundle, HERE)

    assert files(bundle) == before


def test_a_build_whose_handler_wants_what_only_this_machine_has_fails(tmp_path: Path) -> None:
    """Ours in a checkout where a handler imports boto3, which is installed beside us and ships in no bundle."""
    for package in ("application", "bundle", "domain", "handlers", "infra"):
        shutil.copytree(ROOT / package, tmp_path / package)
    (tmp_path / ".bundle").symlink_to(ROOT / ".bundle")
    (tmp_path / "handlers" / "sweep.py").write_text("import boto3\n\nhandler = boto3.client\n")
    command = [sys.executable, "-m", "bundle", "SweepFunction", "built", "--here"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("SweepFunction does not import from its bundle built:\n")
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'boto3'\n")
    assert done.stdout == ""
