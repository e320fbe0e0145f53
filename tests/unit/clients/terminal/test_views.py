import time
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from clients.terminal.bars import Bars
from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.lines import Lines
from clients.terminal.prediction import PredictionLimits
from clients.terminal.uploads import UploadList
from clients.terminal.wording import name, printable, progress, remark, seconds, size

MOVIE = {
    "uploadId": "m",
    "fileName": "holiday.mp4",
    "status": "uploading",
    "attempt": 1,
    "rev": 1,
    "percent": 42.0,
    "bytesUploaded": 42_000_000,
    "bytesTotal": 100_000_000,
    "bytesPerSecond": 5_200_000,
    "etaSeconds": 12,
    "startedAt": "2026",
}


def _screen(uploads: UploadList, width: int = 100, height: int = 24, loss: ConnectionEnd | None = None) -> str:
    """What the bars look like on a screen of this size, without colours."""
    out = StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=False)
    bars = Bars(uploads, "alice", console)
    bars.live()
    if loss:
        bars.waiting(loss, 4.0)
    console.print(bars)
    return out.getvalue()


def _uploads(*many: dict[str, Any]) -> UploadList:
    uploads = UploadList()
    for one in many:
        uploads.take(one)
    return uploads


def test_a_wide_screen_shows_everything() -> None:
    screen = _screen(_uploads(MOVIE), 120)
    assert "alice  ● live" in screen
    for part in ("↑ holiday.mp4", "━━━", "42 %", "42.0 MB of 100.0 MB", "5.2 MB/s", "12 s left"):
        assert part in screen


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    long = MOVIE | {"fileName": "a-rather-long-name-" * 10, "status": "failed", "error": {"message": "why " * 50}}
    lines = _screen(_uploads(long), width, loss=ConnectionEnd("network", "the network is away " * 5)).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)


def test_what_finds_no_room_is_counted() -> None:
    many = [MOVIE | {"uploadId": f"u{number}"} for number in range(30)]
    lines = _screen(_uploads(*many), height=10).splitlines()
    assert len(lines) < 10
    assert lines[-1] == "  and 24 more"


def test_reconnecting_says_when_and_how_old_the_data_is() -> None:
    screen = _screen(_uploads(MOVIE), loss=ConnectionEnd("network"))
    assert "reconnecting in 4 s" in screen
    assert "data is 0 s old" in screen
    assert "no uploads yet" in _screen(UploadList())


def test_lines_tell_each_status_and_every_tenth_once() -> None:
    out = StringIO()
    lines = Lines(_uploads(MOVIE), out)
    lines.live()
    for percent in (42.0, 45.0, 49.9, 51.0, 51.0):
        lines.changed(MOVIE | {"percent": percent})
    lines.changed(MOVIE | {"status": "failed", "error": {"code": "x", "message": "it was refused"}})
    lines.waiting(ConnectionEnd("network"), 1.25)
    told = [line.split("  ", 1)[1] for line in out.getvalue().splitlines()]
    assert told[0] == "live"
    assert told[1].startswith("uploading   42.0 %  holiday.mp4  42.0 MB of 100.0 MB  5.2 MB/s")
    assert told[2].startswith("uploading   51.0 %  holiday.mp4")
    assert told[3].startswith("failed      42.0 %  holiday.mp4")
    assert told[3].endswith("it was refused")
    assert told[4] == "reconnecting in 1.2 s: network"
    assert len(told) == 5


def test_lines_of_an_upload_of_unknown_size_are_written_as_it_doubles_and_of_a_phase_once() -> None:
    out = StringIO()
    lines = Lines(_uploads(), out)
    unknown = MOVIE | {"percent": None, "bytesTotal": None, "bytesPerSecond": None, "etaSeconds": None}
    for count in (1_000_000, 1_010_000, 2_100_000, 2_200_000, 4_500_000):
        lines.changed(unknown | {"bytesUploaded": count})
    for phase in ("scanning", "scanning", "transcoding"):
        lines.changed(MOVIE | {"status": "processing", "percent": 99, "phase": phase})
    told = [line.split("  ", 1)[1] for line in out.getvalue().splitlines()]
    assert [line.split()[-2] for line in told[:3]] == ["1.0", "2.1", "4.5"]
    assert ["scanning" in line or "transcoding" in line for line in told[3:]] == [True, True]


def test_the_percent_of_a_phase_is_said_and_has_lines_of_its_own() -> None:
    out, upload = (
        StringIO(),
        MOVIE | {"status": "processing", "phase": "transcoding", "bytesPerSecond": None, "etaSeconds": None},
    )
    lines = Lines(_uploads(upload), out)
    for percent in (4, 9, 14):
        lines.changed(upload | {"phasePercent": percent})

    assert [line.rpartition("  ")[2] for line in out.getvalue().splitlines()] == ["4 %", "14 %"]


def test_a_name_cannot_steer_the_terminal() -> None:
    evil = MOVIE | {"fileName": "a\x1b[2Jb\r\n[red]c[/red]\u202e"}
    assert name(evil) == "a�[2Jb��[red]c[/red]�"
    assert "\x1b" not in _screen(_uploads(evil))
    assert "[red]c[/red]" in _screen(_uploads(evil), 200)
    assert printable("Größe 日本") == "Größe 日本"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (42e6, "42.0 MB"), (5e15, "5000.0 TB")],
)
def test_sizes_are_said_in_powers_of_a_thousand(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 s"), (59.9, "59 s"), (65, "1:05"), (7200, "2:00:00")])
def test_spans_of_time_are_said_as_clocks_do(count: float, text: str) -> None:
    assert seconds(count) == text


@pytest.mark.parametrize(
    ("upload", "sizes", "said"),
    [
        ({"status": "completed", "bytesUploaded": 5, "bytesTotal": 5}, "5 B", "completed"),
        ({"status": "uploading", "bytesUploaded": 5, "bytesTotal": None}, "5 B", ""),
        ({"status": "canceled", "bytesUploaded": 0, "bytesTotal": None}, "", "canceled"),
        ({"status": "processing", "phase": "thumbnails"}, "", "thumbnails"),
        ({"status": "processing", "message": "scanning", "phase": "thumbnails"}, "", "scanning"),
        ({"status": "failed", "error": None}, "", "failed"),
    ],
)
def test_there_is_no_more_said_than_is_known(upload: dict[str, Any], sizes: str, said: str) -> None:
    assert (progress(upload), remark(upload)) == (sizes, said)


def _aged(seconds: float, **fields: Any) -> dict[str, Any]:
    return MOVIE | {"newsAt": time.time() - seconds} | fields


def test_without_news_a_bar_says_how_old_it_is_and_neither_speed_nor_time_left() -> None:
    screen = _screen(_uploads(_aged(45)), 120)
    assert "! holiday.mp4" in screen
    assert "no news for 45 s  42.0 MB of 100.0 MB" in screen
    assert "/s" not in screen and "left" not in screen and "stalled" not in screen


def test_a_bar_follows_the_line_and_says_the_age_of_the_news_when_it_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uploads = _uploads(MOVIE | {"newsAt": 100.0, "bytesPerSecond": 1_000_000, "etaSeconds": 58})
    uploads.limits = PredictionLimits(10, 5, 10, 120)
    screens, console = [], Console(file=StringIO(), width=120, force_terminal=False)
    bars = Bars(uploads, "alice", console)
    for now in (100.0, 102.5, 105.0, 106.5, 110.0, 104.0):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        with console.capture() as shown:
            console.print(bars)
        screens.append(shown.get())
    sizes = ("42.0 MB of", "44.5 MB of", "47.0 MB of", "47.0 MB of", "47.0 MB of", "47.0 MB of")
    assert all(size in screen for size, screen in zip(sizes, screens, strict=True))
    assert "58 s left" in screens[0] and "56 s left" in screens[1]
    assert "no news for 6 s" in screens[3] and "left" not in screens[3] and "no news" not in screens[2]


@pytest.mark.parametrize("width", [60, 80, 90, 120])
def test_the_age_of_the_news_is_said_on_a_screen_of_any_usual_width(width: int) -> None:
    uploads = _uploads(_aged(86_000, message="a rather long message", fileName="a-rather-long-name-" * 10))
    assert "stalled, no news for 23:53:2" in _screen(uploads, width)


def test_a_bar_without_news_for_long_is_called_stalled_after_the_time_that_is_set() -> None:
    assert "stalled, no news for 2:00" in _screen(_uploads(_aged(120.5)), 120)
    console = Console(file=StringIO(), width=120, force_terminal=False)
    bars = Bars(_uploads(_aged(200)), "alice", console, stalled_after=300)
    with console.capture() as shown:
        console.print(bars)
    assert "no news for 3:20" in shown.get() and "stalled" not in shown.get()


def test_while_the_connection_is_lost_no_upload_gets_older(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=StringIO(), width=120, force_terminal=False)
    bars = Bars(_uploads(_aged(45)), "alice", console)
    bars.waiting(ConnectionEnd("network"), 4.0)
    wall, monotonic = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: wall() + 3600)
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 3600)
    with console.capture() as shown:
        console.print(bars)
    assert "no news for 45 s" in shown.get()


def test_a_line_is_written_when_an_upload_stalls_and_when_it_goes_on() -> None:
    out = StringIO()
    uploads = _uploads(_aged(5), _aged(500, uploadId="p", fileName="p", status="paused"))
    lines = Lines(uploads, out, stalled_after=300)
    lines.live()
    lines.tick()
    uploads.take(_aged(301, rev=2))
    lines.tick()
    lines.tick()
    lines.waiting(ConnectionEnd("network"), 1)
    uploads.take(_aged(0, rev=3))
    lines.tick()
    lines.live()
    told = [line.split("  ", 1)[1] for line in out.getvalue().splitlines()]
    movie = [line for line in told if "holiday" in line]
    assert len(movie) == 3
    assert "stalled, no news for 5:01" in movie[1] and "/s" not in movie[1]
    assert "5.2 MB/s" in movie[0] and "5.2 MB/s" in movie[2]
    assert [line for line in told if line.startswith("paused")] == [told[2]]
    assert told[2].endswith("no news for 8:20  paused")
