"""`breakpoint()` and `pdb.set_trace()` in a handler: they get the terminal of the emulator, if it has one."""

from __future__ import annotations

import os
import pdb
import sys
from types import FrameType
from typing import Any


class TerminalPdb(pdb.Pdb):
    """Python's debugger on the emulator's terminal, one prompt at a time.

    While a prompt is open, the emulator's own lines wait and no time-out runs.
    """

    def __init__(self, channel: Any, terminal: str) -> None:
        self._channel = channel
        device = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        self._input = os.fdopen(device, "r", closefd=False)
        self._output = os.fdopen(device, "w")
        super().__init__(stdin=self._input, stdout=self._output)

    def interaction(self, *arguments: Any) -> None:
        if not self._channel.ask(terminal="take"):
            return
        try:
            super().interaction(*arguments)
        finally:
            self._output.flush()
            self._channel.tell(terminal="release")


_debuggers: list[TerminalPdb] = []


def stop(channel: Any, terminal: str | None, frame: FrameType) -> None:
    """Stops at a frame. Without a terminal it says so and goes on."""
    if terminal is None:
        place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
        print(f"breakpoint at {place} passed: the emulator has no terminal; use --debug FUNCTION", file=sys.stderr)
        return
    if not _debuggers:
        _debuggers.append(TerminalPdb(channel, terminal))
    _debuggers[0].set_trace(frame)
