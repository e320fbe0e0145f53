"""Readers of the progress of processing tools, and a function that runs a tool and reports it."""

from .ffmpeg import FfmpegReader
from .handbrake import HandBrakeReader
from .lines import LineSplitter
from .ocrmypdf import OcrmypdfReader
from .percent import PercentReader, Reader
from .process import follow, follow_async, run, run_async
from .qpdf import QpdfReader
from .seven_zip import SevenZipReader
from .vips import VipsReader
from .zstd import ZstdReader

__all__ = [
    "FfmpegReader",
    "HandBrakeReader",
    "LineSplitter",
    "OcrmypdfReader",
    "PercentReader",
    "QpdfReader",
    "Reader",
    "SevenZipReader",
    "VipsReader",
    "ZstdReader",
    "follow",
    "follow_async",
    "run",
    "run_async",
]
