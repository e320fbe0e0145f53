"""Reads `qpdf --progress`."""

from .percent import PercentReader


class QpdfReader(PercentReader):
    """Reads the percent of all files that are written; with `--split-pages` there are several."""

    def __init__(self, *, files: int = 1) -> None:
        super().__init__(r": write progress: (\d+)%$", runs=files)
