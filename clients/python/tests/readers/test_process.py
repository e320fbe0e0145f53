"""A child process whose progress is reported: real programs, of which some are killed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from upload_progress_reporter import UploadReporter
from upload_progress_reporter.readers import PercentReader, follow, run, run_async
from upload_progress_reporter.readers.process import MAX_OUTPUT_BYTES

from ..conftest import Received


def reporter(received: Received) -> UploadReporter:
    return UploadReporter(user_id="alice", upload_id="u", file_name="f", bytes_total=10, target=received)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


STEPS = """
import sys, time
for percent in (10, 40, 100):
    print(f"{percent}%", end="\\r", flush=True)
    time.sleep(0.15)
print("a warning", file=sys.stderr)
"""


def test_a_tool_reports_its_percent_and_its_output_comes_back(received: Received) -> None:
    with reporter(received) as report:
        finished = run(report, "packing", python(STEPS), PercentReader(), stalled_after_seconds=60)
        assert (finished.stdout, finished.stderr) == (b"10%\r40%\r100%\r", b"a warning\n")
        assert report.flush(10)
        assert received.updates[-1].get("phasePercent") == 99  # the exit status alone ends the phase
    assert report.flush(10)
    packing = [
        update for update in received.updates if update["phase"] == "packing" and update["status"] == "processing"
    ]
    assert {update["stalledAfterSeconds"] for update in packing} == {60}
    known = [update["phasePercent"] for update in packing if "phasePercent" in update]
    assert known == sorted(known) and known[-1] == 99
    assert received.statuses == ["uploading", "processing", "completed"]


@pytest.mark.parametrize(
    ("program", "status"),
    [("print('100%'); raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL)],
)
def test_another_exit_status_fails_the_upload(program: str, status: int, received: Received) -> None:
    report = reporter(received)
    with pytest.raises(subprocess.CalledProcessError) as caught, report:
        run(report, "packing", python(program), PercentReader())
    assert caught.value.returncode == status and caught.value.stderr == b""
    assert report.flush(10)
    assert received.statuses == ["uploading", "processing", "failed"]
    assert received.updates[-1]["error"]["code"] == "CalledProcessError"


def test_a_tool_that_takes_too_long_is_killed(received: Received) -> None:
    report = reporter(received)
    with pytest.raises(subprocess.TimeoutExpired), report:
        run(report, "packing", ["sleep", "60"], PercentReader(), timeout_seconds=0.1)
    assert report.flush(10)
    assert received.statuses[-1] == "failed"


async def test_a_coroutine_reports_a_tool_while_others_go_on(received: Received) -> None:
    async with reporter(received) as report:
        tools = [run_async(report, "packing", python(STEPS), PercentReader(), step=step, steps=2) for step in (1, 2)]
        first, second = await asyncio.gather(*tools)
        assert first.stdout == second.stdout == b"10%\r40%\r100%\r"
    assert received.statuses == ["uploading", "processing", "completed"]
    percents = [update["phasePercent"] for update in received.updates if "phasePercent" in update]
    assert 0 < max(percents) <= 99


async def test_another_exit_status_fails_the_upload_of_a_coroutine(received: Received) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        async with reporter(received) as report:
            await run_async(report, "packing", python("print('100%'); raise SystemExit(3)"), PercentReader())
    assert (caught.value.returncode, caught.value.stdout) == (3, b"100%\n")
    assert received.statuses == ["uploading", "processing", "failed"]


async def test_a_tool_of_a_coroutine_that_takes_too_long_is_killed(received: Received) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        async with reporter(received) as report:
            await run_async(report, "packing", ["sleep", "60"], PercentReader(), timeout_seconds=0.1)
    assert received.statuses[-1] == "failed"


async def cancel_once_it_has_begun(received: Received, tool: list[str]) -> int:
    """Runs a tool that prints the id of a process, cancels its task, and returns the id."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read(line: str) -> float:
        loop.call_soon_threadsafe(lines.put_nowait, line)
        return 50.0

    async def upload() -> None:
        async with reporter(received) as report:
            await run_async(report, "packing", tool, read)

    task = asyncio.create_task(upload())
    process = int(await lines.get())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return process


async def test_a_canceled_task_kills_its_tool_and_cancels_the_upload(received: Received) -> None:
    own = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    process = await cancel_once_it_has_begun(received, python(own))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert received.statuses == ["uploading", "processing", "canceled"]


async def test_a_killed_tool_is_not_waited_for_while_its_own_child_has_its_output(received: Received) -> None:
    child = await cancel_once_it_has_begun(received, ["sh", "-c", "sleep 60 & echo $!; wait"])
    os.kill(child, signal.SIGKILL)  # fails if it has ended before
    assert received.statuses == ["uploading", "processing", "canceled"]


def test_a_tool_that_does_not_exist_fails_the_upload(received: Received) -> None:
    report = reporter(received)
    with pytest.raises(FileNotFoundError), report:
        run(report, "packing", ["no-such-tool"], PercentReader())
    assert report.flush(10)
    assert received.statuses[-1] == "failed"


def test_a_broken_reader_does_not_hold_the_tool_up(received: Received) -> None:
    def broken(line: str) -> float | None:
        raise KeyError(line)

    with reporter(received) as report:
        assert run(report, "packing", python(STEPS), broken).returncode == 0
    assert received.statuses[-1] == "completed"


def test_only_the_end_of_much_output_is_kept(received: Received) -> None:
    program = f"import sys; sys.stdout.write('x' * {5 * MAX_OUTPUT_BYTES} + 'end')"
    with reporter(received) as report:
        stdout = run(report, "packing", python(program), PercentReader()).stdout
    assert len(stdout) == MAX_OUTPUT_BYTES and stdout.endswith(b"xend")


def test_an_output_may_go_elsewhere(received: Received, tmp_path: Path) -> None:
    options: dict[str, Any] = {"cwd": tmp_path, "env": {**os.environ, "WORD": "data"}}
    with reporter(received) as report, (tmp_path / "out").open("wb") as out:
        finished = run(
            report, "packing", ["sh", "-c", 'printf "$WORD"; echo 5% >&2'], PercentReader(), stdout=out, **options
        )
    assert finished.stdout is None and finished.stderr == b"5%\n"
    assert (tmp_path / "out").read_text() == "data"


def test_a_pass_of_several_is_a_share_of_the_phase(received: Received) -> None:
    with reporter(received) as report:
        for step in (1, 2):
            run(report, "packing", ["echo", "50%"], PercentReader(), step=step, steps=2)
        assert report.flush(10)
    percents = [update["phasePercent"] for update in received.updates if "phasePercent" in update]
    assert percents[-1] == 75


def test_a_tool_is_followed_line_by_line() -> None:
    lines: list[str] = []
    finished = follow(python(STEPS), lines.append)
    assert sorted(lines) == ["10%", "100%", "40%", "a warning"]
    assert (finished.stdout, finished.stderr) == (b"10%\r40%\r100%\r", b"a warning\n")


def test_lines_are_no_longer_passed_on_after_an_exception(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []

    def broken(line: str) -> None:
        lines.append(line)
        raise KeyError(line)

    assert follow(["printf", r"1\n2\n3\n"], broken).returncode == 0
    assert lines == ["1"]
    assert [record.getMessage() for record in caplog.records] == ["The output of printf is no longer read."]


def test_the_percent_is_unknown_after_an_exception_of_its_reader(received: Received) -> None:
    answers = iter([50.0])
    with reporter(received) as report:
        run(report, "packing", python(STEPS), lambda line: next(answers))
        assert report.flush(10)
    assert "phasePercent" not in received.updates[-1]
