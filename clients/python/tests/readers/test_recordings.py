"""Readers on output that the tools of Debian 12 wrote to a pipe: see `recordings/README.md`."""

import re
from pathlib import Path

import pytest

from upload_progress_reporter.readers import (
    FfmpegReader,
    HandBrakeReader,
    LineSplitter,
    OcrmypdfReader,
    PercentReader,
    QpdfReader,
    Reader,
    SevenZipReader,
    VipsReader,
    ZstdReader,
)

RECORDINGS = Path(__file__).with_name("recordings")

# Of each recording: its reader, how many percents it gives at least, the first and the last.
READ: dict[str, tuple[Reader, int, float, float]] = {
    "ffmpeg": (FfmpegReader(20), 30, 0.2, 100),
    "ffmpeg9": (FfmpegReader(20), 40, 9.3, 99.6),
    "ffmpeg9_lookahead": (FfmpegReader(20), 10, 11.0, 99.6),
    "handbrake": (HandBrakeReader(), 9, 9.1, 99.9),
    "vips": (VipsReader(), 50, 1, 100),
    "vips_blur": (VipsReader(), 40, 0, 100),
    "7zip": (SevenZipReader(), 50, 0, 100),
    "zstd": (ZstdReader(), 10, 0, 97.0),
    "zstd_two_files": (ZstdReader(), 10, 0, 46.3),
    "qpdf": (QpdfReader(), 30, 0, 100),
    "qpdf_split": (QpdfReader(files=4), 40, 0, 100),
}
UNKNOWN: dict[str, Reader] = {
    "7zip_pipe": SevenZipReader(),
    "zstd_pipe": ZstdReader(),
    "zstd_unpack": ZstdReader(),
    "ffmpeg": FfmpegReader(None),
}


def percents(name: str, reader: Reader, chunk_bytes: int = 100) -> list[float | None]:
    """Returns the percents of a recording, repetitions left out."""
    output = (RECORDINGS / f"{name}.txt").read_bytes()
    chunks = [output[start : start + chunk_bytes] for start in range(0, len(output), chunk_bytes)]
    splitter = LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.end()
    found: list[float | None] = []
    for line in lines:
        percent = reader(line)
        if not found or percent != found[-1]:
            found.append(percent)
    return found


def known(found: list[float | None]) -> list[float]:
    return [percent for percent in found if percent is not None]


@pytest.mark.parametrize("name", READ)
def test_a_recording_gives_a_percent_that_rises(name: str) -> None:
    reader, count, first, last = READ[name]
    found = percents(name, reader)
    if found[0] is None:
        del found[0]  # before the first percent
    assert found == sorted(known(found)) and len(found) >= count
    assert (found[0], found[-1]) == pytest.approx((first, last), abs=0.05)


@pytest.mark.parametrize("name", UNKNOWN)
def test_without_a_total_the_percent_is_unknown(name: str) -> None:
    assert percents(name, UNKNOWN[name]) == [None]


def test_of_ocrmypdf_the_recognition_has_a_percent() -> None:
    assert percents("ocrmypdf", OcrmypdfReader()) == [None, 0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100, None]


def test_frames_count_while_ffmpeg_gives_no_position() -> None:
    by_time, both = (
        known(percents("ffmpeg9", FfmpegReader(20))),
        known(percents("ffmpeg9", FfmpegReader(20, frames=500))),
    )
    assert len(both) > len(by_time) and both == sorted(both)


def test_frames_alone_give_a_percent() -> None:
    assert known(percents("ffmpeg9_lookahead", FfmpegReader(frames=500)))[-1] == 100


def test_the_position_never_steps_back() -> None:
    reader = FfmpegReader(20)
    for position, percent in [(10, 50), (8, 50), (12, 60)]:
        reader(f"out_time_us={position}000000")
        assert reader("progress=continue") == percent
    assert reader.seconds == 12


def test_both_fields_of_the_position_are_microseconds() -> None:
    for field in ("out_time_us", "out_time_ms"):
        reader = FfmpegReader(20)
        reader(f"{field}=5000000")
        assert reader("progress=continue") == 25


@pytest.mark.parametrize(("seconds", "percent"), [(13.7, None), (19.9, 100), (53.6, 37.3), (4315, 0.5)])
def test_output_that_is_longer_than_it_should_be_has_no_percent(seconds: float, percent: float | None) -> None:
    assert percents("ffmpeg", FfmpegReader(seconds))[-1] == (percent and pytest.approx(percent, abs=0.1))


@pytest.mark.parametrize("state", ["SCANNING", "MUXING"])
def test_a_scan_of_handbrake_has_no_percent(state: str) -> None:
    reader = HandBrakeReader()
    lines = [f'    "State": "{state}",', '        "Progress": 0.5']
    assert [reader(line) for line in lines] == [None, None]


def test_more_runs_than_expected_have_no_percent() -> None:
    assert percents("qpdf_split", QpdfReader(files=2))[-1] is None
    reader = VipsReader()
    lines = [
        line for n in (1, 2) for line in (f"vips temp-{n}: 300 x 200 pixels, 2 threads", f"vips temp-{n}: 50% complete")
    ]
    assert [reader(line) for line in lines] == [None, 50, 50, None]


def test_other_tools_need_a_pattern_alone() -> None:
    assert PercentReader()("big.png: 40 %") == 40
    assert PercentReader()(" 64,7 %  0,0 MiB / 37,0 MiB = 0,000  0:01") == 64.7  # xz in a German locale
    pages = PercentReader(r"^(\d+) (\d+) \S+\.png$")
    assert [round(pages(line) or 0) for line in ("10 12 pg-10.png", "a warning", "12 12 pg-12.png")] == [83, 83, 100]
    passes = PercentReader(runs=2)
    assert [passes(f"{percent}%") for percent in (10, 90, 5, 100)] == [5, 45, 52.5, 100]
    assert PercentReader(r"(\d+)/(\d+)")("0/0") == 0


def test_the_patterns_of_the_page_read_their_lines() -> None:
    page = (Path(__file__).parents[4] / "docs" / "report-processing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+? \| `(.+?)` \| `(.+?)` \| ([\d.]+) \|$", page, re.MULTILINE)
    assert len(rows) == 7
    for line, pattern, percent in rows:
        assert PercentReader(pattern)(line.replace(r"\|", "|")) == pytest.approx(float(percent), abs=0.05), line
