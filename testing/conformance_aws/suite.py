"""The conformance suite in a process of its own, against the outputs of a stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from testing.conformance_aws.report import TestResult, results_of
from testing.running import ROOT

SUITE = "tests/conformance"
OUTPUTS = ("Target", "Endpoint", "Bare", "Guarded", "Signed")
STOP_SECONDS = 30


def environment(outputs: Mapping[str, str], api_key: str, results: Path, long: bool) -> dict[str, str]:
    """Returns the variables that lead the suite to the stage and to its results. Raises KeyError without a stage."""
    given = {f"CONFORMANCE_{name.upper()}": outputs.get(name, "") for name in OUTPUTS}
    required = {f"CONFORMANCE_{name}": outputs[name.capitalize()] for name in ("TARGET", "ENDPOINT")}
    more = {"CONFORMANCE_API_KEY": api_key, "CONFORMANCE_RESULTS": str(results)}
    return given | required | more | {"CONFORMANCE_LONG": "1" if long else ""}


def run_suite(variables: Mapping[str, str], max_seconds: float, selection: str = "") -> bool:
    """Runs the suite and returns True if it ended by itself. It ends with this process, also after Ctrl-C."""
    command = [sys.executable, "-m", "pytest", "-n0", "--quiet", "-p", "testing.conformance_aws.recording"]
    command += [SUITE, "--ignore", f"{SUITE}/test_rows.py", *(("-k", selection) if selection else ())]
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables})
    try:
        running.wait(max_seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if running.poll() is None:
            running.terminate()
            try:
                running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
    return True


def read_results(path: Path) -> tuple[TestResult, ...]:
    """Returns what the suite has recorded so far; nothing if it has not begun."""
    if not path.exists():
        return ()
    return results_of(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
