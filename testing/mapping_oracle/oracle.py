"""Runs mapping templates in Velocity 1.7, from Debian's packages velocity and libjsonpath-java."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

JAVA = Path("/usr/share/java")
JARS = (
    "velocity",
    "commons-collections3",
    "commons-lang",
    "json-path",
    "json-smart",
    "accessors-smart",
    "asm",
    "slf4j-api",
)
PROGRAM = Path(__file__).parent / "GatewayVelocity.java"


def is_installed() -> bool:
    """Returns True where Java and Velocity are installed."""
    return shutil.which("java") is not None and (JAVA / "velocity.jar").exists()


def results(cases: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Returns `{"out": text}` or `{"error": exception}` for each case of `template`, `body` and `vars`."""
    path = ":".join(str(JAVA / f"{name}.jar") for name in JARS)
    lines = "\n".join(json.dumps(case) for case in cases)
    answered = subprocess.run(
        ["java", "-cp", path, str(PROGRAM)], input=lines, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return [json.loads(line) for line in answered.stdout.split("\n") if line]
