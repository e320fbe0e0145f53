"""Splits the output of a tool that draws its progress for a terminal."""

import re

MAX_LINE_BYTES = 64 * 1024

# ECMA-48, 8.3: CSI sequences that end in A to H, or in f, move the cursor; so a new line of text begins.
SEPARATOR = re.compile(rb"[\r\n]|\x08+|\x1b\[[0-9;]*[A-Hf]")
# Other sequences: OSC (titles), CSI (colours, wiping), and short ones.
ESCAPE = re.compile(rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-Z\\-~])")


class LineSplitter:
    """Turns bytes into lines: they end at a line feed, a carriage return, backspaces or a movement of the cursor.

    Escape sequences, trailing blanks and empty lines are left out. Of a line without an end the last 64 KiB are kept.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Returns the lines that `chunk` completes; it may end anywhere."""
        *lines, rest = SEPARATOR.split(self._rest + chunk)
        self._rest = rest[-MAX_LINE_BYTES:]
        texts = [ESCAPE.sub(b"", line).decode(errors="replace").rstrip() for line in lines]
        return [text for text in texts if text]

    def end(self) -> list[str]:
        """Returns the last line, which has no end."""
        return self.feed(b"\n")
