"""Reads `ocrmypdf --plugin PLUGIN`, which writes to standard error."""

from pathlib import Path

from .percent import PercentReader

PLUGIN = str(Path(__file__).with_name("ocrmypdf_plugin.py"))


class OcrmypdfReader(PercentReader):
    """Reads the share of the pages that are recognized; the other steps, before and after, have no percent."""

    def __init__(self) -> None:
        super().__init__(r"^progress of OCR: ([\d.]+) of ([\d.]+)$")

    def __call__(self, line: str) -> float | None:
        """Returns the percent after this line."""
        if line.startswith("progress of ") and not line.startswith("progress of OCR:"):
            self.percent = None
        return super().__call__(line)
