"""Programs start the emulator, learn where it is, and end it by ending."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testing.running import ROOT

TEMPLATE = ROOT / "tests" / "templates" / "route_responses" / "template.yaml"
ANY_PORTS = ("--port", "0", "--aws-port", "0")


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local_emulator", "--template", str(TEMPLATE), *ANY_PORTS, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def wait(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_emulator", "wait", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def health(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/_emulator/health") as answer:
        described: dict[str, Any] = json.load(answer)
    return described


@pytest.fixture(scope="module")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ready") / "ready.json"


@pytest.fixture(scope="module")
def emulator(ready_file: Path) -> Iterator[subprocess.Popen[str]]:
    ready_file.write_text('{"url": "http://127.0.0.1:1"}')  # an earlier run that was killed has left it
    with start("--ready-json", "--ready-file", str(ready_file), "--exit-with-parent") as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def line(emulator: subprocess.Popen[str]) -> dict[str, Any]:
    return ready_line(emulator)


def test_the_ready_line_the_file_and_the_health_url_say_the_same(line: dict[str, Any], ready_file: Path) -> None:
    assert wait("--ready-file", str(ready_file)).returncode == 0
    assert json.loads(ready_file.read_text()) == health(line["url"]) == line
    assert line["template"] == str(TEMPLATE)
    assert [api["stage"] for api in line["webSocketApis"]] == ["default"]


def test_functions_and_other_programs_are_given_the_ports_that_were_bound(line: dict[str, Any]) -> None:
    assert line["url"] != line["awsUrl"]
    assert not [url for url in json.dumps(line).split('"') if url.startswith("http") and ":0" in url]
    assert line["environment"]["AWS_ENDPOINT_URL"] == line["awsUrl"]


def test_wait_prints_what_a_shell_exports(line: dict[str, Any]) -> None:
    port = line["url"].rpartition(":")[2]

    waited = wait("--port", port, "--exports")

    assert f"export AWS_ENDPOINT_URL={line['awsUrl']}\n" in waited.stdout


def test_two_emulators_run_side_by_side_also_over_ipv6(line: dict[str, Any]) -> None:
    with start("--ready-json", "--host", "::1") as second:
        other = ready_line(second)
        second.send_signal(signal.SIGTERM)
        assert second.wait(20) == 0
    assert other["url"].startswith("http://[::1]:")
    assert health(line["url"]) == line


def test_a_port_of_another_emulator_is_refused_with_the_way_out(line: dict[str, Any]) -> None:
    port = line["url"].rpartition(":")[2]
    command = [sys.executable, "-m", "local_emulator", "--template", str(TEMPLATE), "--port", port, "--aws-port", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert f"127.0.0.1:{port}: Address already in use; end its program, or choose another port" in ended.stderr


def test_wait_fails_when_the_time_is_over_and_says_why(tmp_path: Path, line: dict[str, Any]) -> None:
    aws_port = line["awsUrl"].rpartition(":")[2]
    for arguments, reason in {
        ("--port", "1"): "Connection refused",
        ("--port", aws_port): "so it is no emulator",
        ("--ready-file", str(tmp_path / "none")): "No such file",
    }.items():
        waited = wait("--timeout", "0.1", *arguments)
        assert (waited.returncode, waited.stdout, waited.stderr.count("\n")) == (1, "", 1)
        assert reason in waited.stderr


def test_an_unknown_argument_of_wait_ends_with_status_2() -> None:
    assert wait("--tempo").returncode == 2


def test_it_ends_when_its_parent_closes_standard_input_and_removes_the_ready_file(
    line: dict[str, Any], emulator: subprocess.Popen[str], ready_file: Path
) -> None:
    assert emulator.stdin is not None
    emulator.stdin.close()

    assert emulator.wait(20) == 0
    assert not ready_file.exists()


PARENT = """
import os, subprocess, sys, time
emulator = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
if os.fork() == 0:
    time.sleep(60)  # keeps the pipe open
emulator.wait()
"""


def test_it_ends_when_its_parent_is_killed_and_a_fork_keeps_the_pipe_open() -> None:
    command = [sys.executable, "-m", "local_emulator", "--template", str(TEMPLATE), *ANY_PORTS]
    command += ["--ready-json", "--exit-with-parent"]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as parent:
        assert parent.stdout is not None
        described = ready_line(parent)
        parent.kill()
        try:
            _until_gone(described["pid"])
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def _until_gone(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    readable, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert readable


def run(*arguments: str, stdout: str = os.devnull) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_emulator", "--template", str(TEMPLATE), *ANY_PORTS, *arguments]
    with open(stdout, "w") as console:
        return subprocess.run(
            command, cwd=ROOT, stdout=console, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )


def test_a_start_message_that_cannot_be_written_ends_the_emulator_with_the_reason() -> None:
    ended = run(stdout="/dev/full")
    assert (ended.returncode, ended.stderr) == (2, "apigw-emulator: standard output: No space left on device\n")


def test_a_ready_file_that_cannot_be_written_ends_the_emulator_with_the_reason(tmp_path: Path) -> None:
    ended = run("--ready-file", str(tmp_path / "none" / "ready.json"))
    assert ended.returncode == 2
    assert ended.stderr == f"apigw-emulator: {tmp_path}/none/ready.json: No such file or directory\n"


def test_a_ready_file_never_replaces_what_is_no_file(tmp_path: Path) -> None:
    ended = run("--ready-file", str(tmp_path))
    assert ended.returncode == 2
    assert f"argument --ready-file: {tmp_path} is not a file" in ended.stderr
