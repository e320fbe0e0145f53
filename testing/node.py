"""Runs the tools of the browser client, and its tests."""

import os
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).parents[1] / "clients" / "browser"


def run(*command: str, cwd: Path = CLIENT) -> str:
    """Runs a command and answer its output; what it said is shown if it fails."""
    env = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
