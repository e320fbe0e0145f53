"""Runs the fuzzing client of autobahntestsuite, which needs Python 2.7."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_emulator import Emulator

API = Path(__file__).parent / "echo"
SERVER = "emulator"

# The gateway of AWS agrees to a smaller window and does not keep it (row compression-window); the suite is strict.
ARGUMENTS = ("--limit", "compression_keeps_window=true")


class SuiteError(Exception):
    """The fuzzing client failed, or its report lacks cases; carries its output."""


def run_cases(wstest: str, cases: Sequence[str], folder: Path) -> dict[str, Any]:
    """Runs cases against a new emulator and returns the results by case id. Raises SuiteError.

    `cases` are patterns such as `7.*`. `folder` receives the reports.
    """
    folder.mkdir(parents=True, exist_ok=True)
    specification = folder / "specification.json"
    with Emulator("template.yaml", folder=API, arguments=ARGUMENTS) as emulator:
        servers = [{"agent": SERVER, "url": f"{emulator.http_url.replace('http', 'ws', 1)}/test"}]
        content = {"outdir": str(folder), "servers": servers, "cases": list(cases)}
        specification.write_text(json.dumps(content | {"exclude-cases": [], "exclude-agent-cases": {}}))
        command = [wstest, "--mode", "fuzzingclient", "--spec", str(specification)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    announced = re.search(r"will run (\d+) test cases", ran.stdout)
    if ran.returncode or announced is None:
        raise SuiteError(f"The fuzzing client ended with {ran.returncode}:\n{ran.stdout[-2000:]}")
    report: dict[str, Any] = json.loads((folder / "index.json").read_text()).get(SERVER, {})
    if not report or len(report) != int(announced[1]):
        raise SuiteError(f"The report has {len(report)} of {announced[1]} cases.")
    return report
