"""The Nodes that tests run on, oldest first: those of `make nodes`, and the machine's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from local_emulator.runtimes.node import Interpreter, probe

ROOT = Path(__file__).parents[6]
FOLDER = ROOT / ".venv-node"
PACKAGES = FOLDER / "sdk" / "node_modules"


def _here() -> list[Interpreter]:
    paths = [Path(shutil.which("node") or "node"), *sorted(FOLDER.glob("*/node_modules/node/bin/node"))]
    by_major = {node.major: node for node in map(probe, paths) if node is not None}
    return [by_major[major] for major in sorted(by_major)]


NODES = _here()
