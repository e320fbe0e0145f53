"""Ends the program at Ctrl-C without a traceback while its modules load; imported before them.

Later the event loop has a handler of its own. A program that imports the emulator keeps its handlers.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

COMMAND = "apigw-emulator"


def is_program(path: str) -> bool:
    """Returns True if `path` (sys.argv[0]) is the emulator's command or `python -m local_emulator`."""
    return Path(path).stem == COMMAND or path == str(Path(__file__).with_name("__main__.py"))


if is_program(sys.argv[0]):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
