"""The browser client's own tests, which run under Node.js."""

import re
from pathlib import Path

import pytest

from testing.node import CLIENT, run

pytestmark = pytest.mark.node

TESTS = CLIENT / "tests"
RUNNER = ("--experimental-websocket", "--no-warnings", "--test", "--test-timeout=100000")


def test_the_browser_client_keeps_its_rules_against_a_real_websocket_server(node: str) -> None:
    run(node, *RUNNER, *all_of(TESTS))


def test_the_browser_client_lives_with_the_emulator_and_its_sweep(node: str) -> None:
    run(node, *RUNNER, *all_of(TESTS / "emulator"))


def test_the_browser_client_is_typed(node: str, packages: Path) -> None:
    run(node, str(packages / "typescript" / "bin" / "tsc"))


def test_the_browser_client_is_as_small_as_promised(node: str, packages: Path) -> None:
    run(node, "size.mjs")


def test_the_published_modules_equal_their_build(node: str, packages: Path) -> None:
    run(node, "build.mjs", "--check")


@pytest.mark.parametrize("module", ["upload-progress.js", "upload-progress-list.js"])
def test_a_published_module_imports_no_other(module: str) -> None:
    published = (CLIENT / module).read_text(encoding="utf-8")
    assert re.findall(r"^(?:import|export) .*from .*$|\bimport\(", published, re.MULTILINE) == []


def test_the_lock_file_names_no_registry() -> None:
    lock = (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock


def all_of(folder: Path) -> list[str]:
    found = sorted(str(path) for path in folder.glob("*.test.js"))
    assert found
    return found
