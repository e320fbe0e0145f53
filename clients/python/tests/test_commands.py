"""The recipes for commands of docs/report-from.md on output of the tools: see `readers/recordings/README.md`."""

import json
import os
import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from upload_progress_reporter import UploadReporter, readers
from upload_progress_reporter.upload import CONFIRMING

from .conftest import Received

PAGE = (Path(__file__).parents[3] / "docs" / "report-from.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (\w+)\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RECORDINGS = Path(__file__).parent / "readers" / "recordings"
SIZE = 12_000_000
NAMES = {"json": json, "os": os, "re": re, "path": "film.mp4", "url": "", "target": "", "size": SIZE, **vars(readers)}

# Of each tool: the descriptor that it writes to, its number of counts, some of them, and the last.
TOOLS = {
    "curl": (2, 17, {0, 54 * SIZE // 100, 86 * SIZE // 100, 79 * SIZE // 100}, SIZE),
    "rsync": (1, 8, {32_768, 3_342_336, 6_619_136, 9_895_936}, SIZE),
    "rclone": (2, 5, {2_125_824, 4_255_744}, 10_514_432),
    "aws": (1, 46, {263_157, 10_526_315}, SIZE),
}


class Counter:
    """Keeps what a recipe passes on."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def progress(self, bytes_uploaded: float) -> None:
        self.counts.append(int(bytes_uploaded))


def run_recipe(
    name: str, report: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, status: int = 0, after: str = ":"
) -> None:
    """Runs a recipe with a tool that prints its recording, runs `after` and ends with this status."""
    tool = folder / name
    tool.write_text(f"#!/bin/sh\ncat {RECORDINGS}/{name}.txt >&{TOOLS[name][0]}\n{after}\nexit {status}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    exec(RECIPES[name], {**NAMES, "report": report})


@pytest.mark.parametrize("name", TOOLS)
def test_a_recipe_counts_the_bytes_of_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, number, some, last = TOOLS[name]
    counter = Counter()
    run_recipe(name, counter, tmp_path, monkeypatch)
    assert len(counter.counts) >= number
    assert some <= set(counter.counts) and counter.counts[-1] == last


@pytest.mark.parametrize("name", TOOLS)
def test_the_bar_stays_below_its_end_until_the_tool_has_ended(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, received: Received
) -> None:
    with UploadReporter(user_id="u", upload_id="u", file_name="f", bytes_total=SIZE, target=received) as report:
        run_recipe(name, report, tmp_path, monkeypatch)
        assert report.flush(10)
    *before, end = received.updates
    assert all(update["bytesUploaded"] < SIZE for update in before) and before[-1]["bytesUploaded"] > SIZE / 2
    assert (end["status"], end["bytesUploaded"]) == ("completed", SIZE)


@pytest.mark.parametrize("name", ["curl", "aws"])  # rclone's recording ends before the last byte
def test_a_tool_that_waits_for_the_last_answer_says_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, received: Received
) -> None:
    answer = tmp_path / "answer"

    def wait() -> None:
        try:
            received.wait_for(is_confirming)
        finally:
            answer.touch()

    waiting = threading.Thread(target=wait)
    waiting.start()
    with UploadReporter(user_id="u", upload_id="u", file_name="f", bytes_total=SIZE, target=received) as report:
        run_recipe(name, report, tmp_path, monkeypatch, after=f"while [ ! -e {answer} ]; do sleep 0.05; done")
    waiting.join()
    assert report.flush(10)
    assert is_confirming(received) and received.statuses == ["uploading", "completed"]


def is_confirming(received: Received) -> bool:
    return any(update.get("message") == CONFIRMING for update in received.updates)


def test_a_tool_that_says_100_percent_and_fails_is_a_failed_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, received: Received
) -> None:
    report = UploadReporter(user_id="u", upload_id="u", file_name="f", bytes_total=SIZE, target=received)
    with pytest.raises(subprocess.CalledProcessError, match="22"), report:
        run_recipe("curl", report, tmp_path, monkeypatch, status=22)
    assert received.statuses == ["uploading", "failed"]
    assert received.updates[-1]["bytesUploaded"] < SIZE
