"""`python -m local_emulator.cli.faults`, as somebody types it."""

import asyncio
import subprocess
import sys

import pytest

from testing.running import ROOT, free_port
from tests.integration.local_emulator.conftest import Running


async def _run(port: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local_emulator.cli.faults", "--port", str(port), *arguments]
    return await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, timeout=60)


async def test_faults_are_added_listed_and_cleared(running: Running) -> None:
    port = running.settings.port
    added = await _run(port, "add", "management-error", "status=410", "user=ann", "after=2", "times=1")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == (
        "f1    management-error after=2 times=1 status=410 carriedOut=false operation=post user=ann"
        " (on: struck 0 of 0)\n"
    )
    late = await _run(port, "add", "late-delivery", "delayMs=normal(200, 50)")
    assert late.stdout == "f2    late-delivery delayMs='normal(200, 50)' (on: struck 0 of 0)\n"
    await _run(port, "add", "lost-disconnect")

    listed = await _run(port, "list")
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [
        ["f1", "management-error"],
        ["f2", "late-delivery"],
        ["f3", "lost-disconnect"],
    ]
    assert (await _run(port, "clear", "f1")).stdout == "cleared f1\n"
    assert (await _run(port, "clear")).stdout == "cleared 2\n"
    assert (await _run(port, "list")).stdout == "no fault is on\n"


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["add", "flood"], 2, "kind must be one of lost-disconnect"),
        (["add", "management-error", "status=418"], 2, "status must be one of 403, 410"),
        (["add", "late-delivery", "delayMs"], 2, "delayMs is not name=value"),
        (["add", "function-hang", "function=Nobody"], 1, "target.function must be one of Authorizer"),
        (["clear", "f9"], 1, "there is no fault of that id"),
        (["clear", "../health"], 1, "there is no fault of that id"),
    ],
)
async def test_what_is_wrong_is_one_clear_line(running: Running, arguments: list[str], code: int, problem: str) -> None:
    ended = await _run(running.settings.port, *arguments)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
    assert problem in ended.stderr


async def test_without_an_emulator_it_says_so() -> None:
    ended = await _run(free_port(), "list")
    assert (ended.returncode, "no emulator on port" in ended.stderr) == (1, True)


async def test_it_tells_what_kinds_there_are() -> None:
    ended = await _run(free_port(), "kinds")
    assert ended.returncode == 0
    assert "half-open: The client's TCP connection is cut" in ended.stdout
