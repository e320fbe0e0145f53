"""Colours of the console's lines: failures red, refusals and notices yellow, reloads cyan, output of functions dim."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from local_emulator.activity_log import Level, Paint

RED, YELLOW, CYAN, DIM, RESET = "\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[2m", "\x1b[0m"
OF_LEVEL = {Level.ERROR: RED, Level.WARNING: YELLOW}
OF_EVENT = {"reload": CYAN, "log": DIM}


def paint_for(console: TextIO, environ: Mapping[str, str] = os.environ) -> Paint | None:
    """Returns what colours a line; None unless the console is a terminal that takes colours.

    `NO_COLOR` with any value but an empty one turns colours off (no-color.org).
    """
    is_terminal = console.isatty() and environ.get("TERM") != "dumb"
    return painted if is_terminal and not environ.get("NO_COLOR") else None


def painted(what: str, level: Level, text: str) -> str:
    """Returns a line in the colour of its level, else of its event."""
    colour = OF_LEVEL.get(level) or OF_EVENT.get(what)
    return f"{colour}{text}{RESET}" if colour else text
