"""The page's modules say in JSDoc what they take and give, and TypeScript holds them to it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TSC = ROOT / "clients" / "browser" / "node_modules" / "typescript" / "bin" / "tsc"


@pytest.mark.node
def test_the_page_is_typed() -> None:
    node = shutil.which("node")
    if node is None or not TSC.is_file():
        pytest.skip("Node.js and the tools of clients/browser are needed; run `npm ci` there")
    project = ROOT / "local_emulator" / "inspector"
    done = subprocess.run([node, str(TSC), "--project", str(project)], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
