"""The recipes of docs/report-processing.md with the real tools (`make integrations`)."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from upload_progress_reporter import UploadReporter, readers
from upload_progress_reporter.readers.ocrmypdf import PLUGIN

from ..conftest import Received

PAGE = (Path(__file__).parents[4] / "docs" / "report-processing.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^## (.+?)\n|^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SCALE = "import subprocess, sys; sys.exit(subprocess.call(['vips', 'gaussblur', *sys.argv[1:3], '3']))"

# Of each block: its input, its output, and the least percents that it must give.
FILES = {
    "FFmpeg": [("film.mp4", "out.mp4", 2)],
    "The duration of a file": [("film.aac", "", 0)],
    "FFmpeg in two passes": [("film.mp4", "out.mp4", 2)],
    "HandBrakeCLI": [("film.mp4", "out.mp4", 2)],
    "libvips": [("noise.png", "out.png", 2), ("noise.png", "out.png", 2)],
    "7-Zip": [("noise.png", "out.7z", 2)],
    "zstd": [("noise.png", "out.zst", 1)],
    "qpdf": [("scan.pdf", "out.pdf", 1)],
    "ocrmypdf": [("scan.pdf", "out.pdf", 2)],
}


def blocks() -> list[tuple[str, str, str, str, int]]:
    found, title = [], ""
    counts = {name: iter(files) for name, files in FILES.items()}
    for heading, code in RECIPES:
        title = heading or title
        if code and title:
            found.append((title, code, *next(counts[title])))
    return found


def tool(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    film = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=20", "-f", "lavfi", "-i", "anoisesrc=d=20"]
    tool("ffmpeg", "-v", "error", *film, "-preset", "ultrafast", f"{folder}/film.mp4")
    quiet = "volume='if(lt(t,10),0,1)':eval=frame"
    tool("ffmpeg", "-v", "error", "-i", f"{folder}/film.mp4", "-vn", "-af", quiet, f"{folder}/film.aac")
    tool("vips", "gaussnoise", f"{folder}/noise.v", "3000", "3000")
    tool("vips", "cast", f"{folder}/noise.v", f"{folder}/noise.png", "uchar")
    pages = "import sys; from PIL import Image; page = Image.new('L', (600, 300), 255); "
    pages += "page.save(sys.argv[1], save_all=True, append_images=[page] * 9)"
    tool("/usr/bin/python3", "-c", pages, f"{folder}/scan.pdf")  # Debian's, which ocrmypdf needs
    (folder / "scale.py").write_text(SCALE)
    return folder


@pytest.mark.parametrize(("title", "code", "source", "target", "least"), blocks())
def test_a_recipe_reports_the_tool(
    title: str, code: str, source: str, target: str, least: int, inputs: Path, received: Received, tmp_path: Path
) -> None:
    names: dict[str, Any] = {"seconds": 20, "path": str(inputs / source), "out": str(tmp_path / target), "os": os}
    names |= {"python": sys.executable, "PLUGIN": PLUGIN, **vars(readers)}
    report = UploadReporter(user_id="alice", upload_id="u", file_name=source, target=received, bytes_total=1)
    with report:
        program = code.replace("scale.py", str(inputs / "scale.py"))
        names["report"] = report
        exec(program, names)
        assert report.flush(10)
    assert received.statuses == ["uploading", "processing", "completed"]
    assert not target or (tmp_path / target).stat().st_size > 0
    known = [update["phasePercent"] for update in received.updates if "phasePercent" in update]
    assert known == sorted(known) and len(known) >= least
    assert all(percent <= 99 for percent in known)
    if title == "The duration of a file":
        assert names["seconds"] == pytest.approx(20, abs=0.2)


def test_a_tool_that_is_killed_fails_the_upload(inputs: Path, received: Received, tmp_path: Path) -> None:
    command = [
        "timeout",
        "--signal=KILL",
        "0.3",
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-re",
        "-i",
        f"{inputs}/film.mp4",
    ]
    report = UploadReporter(user_id="alice", upload_id="u", file_name="f", target=received, bytes_total=1)
    with pytest.raises(subprocess.CalledProcessError), report:
        readers.run(report, "transcoding", [*command, f"{tmp_path}/out.mp4"], readers.FfmpegReader(20))
    assert report.flush(10)
    assert received.statuses[-1] == "failed"


def test_a_tool_that_refuses_its_input_fails_the_upload(received: Received, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"no PDF")
    report = UploadReporter(user_id="alice", upload_id="u", file_name="f", target=received, bytes_total=1)
    command = ["qpdf", "--progress", f"{tmp_path}/broken.pdf", f"{tmp_path}/out.pdf"]
    with pytest.raises(subprocess.CalledProcessError) as caught, report:
        readers.run(report, "optimizing", command, readers.QpdfReader())
    assert caught.value.returncode == 2 and b"broken.pdf" in caught.value.stderr
