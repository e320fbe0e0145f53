"""Parses `--route KEY=FILE:HANDLER`, a route of an API that no template describes."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from local_emulator.deployment import RouteOption

ROUTE = re.compile(r"(?P<key>\$connect|\$disconnect|\$default|[^$=][^=]{0,127})=(?P<file>.+\.\w+):(?P<handler>\w+)")
RUNTIMES = {".py": "python3.13", ".js": "nodejs22.x", ".mjs": "nodejs22.x", ".cjs": "nodejs22.x"}
ROUTE_HELP = "a route without a template, such as '$connect=connect.py:handler'"


def route(text: str) -> RouteOption:
    """Returns the route of one `--route`. Raises ArgumentTypeError."""
    match = ROUTE.fullmatch(text)
    file = Path(match["file"]).absolute() if match else Path()
    if match is None or file.suffix not in RUNTIMES:
        raise argparse.ArgumentTypeError(f"{text!r} must be KEY=FILE:HANDLER, with a file of Python or Node")
    if not file.is_file():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no file {file}")
    return RouteOption(match["key"], file, match["handler"], RUNTIMES[file.suffix])
