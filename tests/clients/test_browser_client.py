"""The browser client's own tests, which run under Node.js."""

import shutil
import subprocess
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[2] / "clients" / "browser"
LEAST_NODE = 20

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def node() -> str:
    """The path of a Node.js that is new enough."""
    path = shutil.which("node")
    if path is None:
        pytest.skip(f"Node.js is not installed; version {LEAST_NODE} or newer is needed")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < LEAST_NODE:
        pytest.skip(f"Node.js {version} is too old; version {LEAST_NODE} or newer is needed")
    return path


@pytest.fixture(scope="module")
def packages() -> Path:
    """Where npm has installed the tools of package.json."""
    path = CLIENT / "node_modules"
    if not (path / "typescript").is_dir() or not (path / "terser").is_dir():
        pytest.skip("the tools of the browser client are not installed; run `npm ci` in clients/browser")
    return path


def test_the_browser_client_keeps_its_rules_against_a_real_websocket_server(node: str) -> None:
    tests = sorted(str(path) for path in (CLIENT / "tests").glob("*.test.js"))
    assert tests
    run(node, "--experimental-websocket", "--no-warnings", "--test", "--test-timeout=20000", *tests)


def test_the_browser_client_is_typed(node: str, packages: Path) -> None:
    run(node, str(packages / "typescript" / "bin" / "tsc"))


def test_the_browser_client_is_as_small_as_promised(node: str, packages: Path) -> None:
    run(node, "size.mjs")


def test_the_lock_file_names_no_address() -> None:
    lock = (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert "://" not in lock


def run(*command: str) -> None:
    """Run a command in the client's folder; what it said is shown if it fails."""
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
