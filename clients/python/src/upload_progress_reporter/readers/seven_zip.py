"""Reads `7z -bsp1`, which writes to standard output (`-bsp2`: to standard error)."""

from .percent import PercentReader


class SevenZipReader(PercentReader):
    """Reads the percent of the archive; there is none for standard input (`-si`). Often it ends below 100."""

    def __init__(self) -> None:
        super().__init__(r"^ *(\d+)%")
