"""The command line, as a newcomer meets it: one clear line and status 2, or a clean end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest

from local_emulator.__main__ import main
from local_emulator.cli.run_arguments import read_arguments
from testing.running import ROOT, free_port

Refused = Callable[..., str]
REQUIRED = ["--parameter", "JwtIssuer=i", "--parameter", "JwtAudience=a"]


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    ports = ["--port", str(free_port()), "--aws-port", str(free_port())]
    command = [sys.executable, "-m", "local_emulator", *ports, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def _one_line(ended: "subprocess.CompletedProcess[str]") -> str:
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], restored: None) -> Refused:
    """Returns a function that runs a command line in this process and returns the text with which it ends."""

    def run(*arguments: str) -> str:
        monkeypatch.chdir(ROOT)
        ports = ["--port", str(free_port()), "--aws-port", str(free_port())]
        monkeypatch.setattr(sys, "argv", ["apigw-emulator", *ports, *arguments])
        try:
            status: object = main()
        except SystemExit as ended:
            status = ended.code
        assert status == 2
        return capsys.readouterr().err

    return run


def test_a_template_that_is_not_there() -> None:
    assert "nowhere.yaml" in _one_line(_run("--template", "nowhere.yaml"))


@pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
def test_the_template_of_a_folder_need_not_be_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(read_arguments([]).template) == "template.yaml"
    (tmp_path / name).touch()
    assert str(read_arguments([]).template) == name


def test_a_parameter_without_a_value(refused: Refused) -> None:
    line = refused()
    assert ("JwtIssuer, JwtAudience" in line, line.count("\n")) == (True, 1)


def test_a_parameter_that_the_template_does_not_have(refused: Refused) -> None:
    line = refused(*REQUIRED, "--parameter", "Colour=red")
    assert ("Colour" in line, line.count("\n")) == (True, 1)


def test_an_argument_that_is_no_pair(refused: Refused) -> None:
    for name in ("--parameter", "--import"):
        assert f"{name}: 'Colour' must be NAME=VALUE" in refused(name, "Colour")


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("Narnia", "'Narnia' is no Region"),
        ("xx-nowhere-1", "there is no Region xx-nowhere-1"),
        ("cn-north-1", "outside the partition `aws`"),
    ],
)
def test_a_region_that_there_is_not(region: str, problem: str, refused: Refused) -> None:
    assert problem in refused(*REQUIRED, "--region", region)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("flood", "kind must be one of lost-disconnect"),
        ("management-error", "status is missing"),
        ("late-delivery delayMs=soon", "delayMs must be fixed(200)"),
        ("function-hang function=Nobody", "target.function must be one of"),
    ],
)
def test_a_fault_that_there_is_not(fault: str, problem: str, refused: Refused) -> None:
    line = refused(*REQUIRED, "--fault", fault)
    assert (problem in line, line.count("\n")) == (True, 1)


@pytest.mark.parametrize(
    ("argument", "value", "problem"),
    [
        ("--port", "99999", "must be between 0 and 65535"),
        ("--aws-port", "-1", "must be between 0 and 65535"),
        ("--idle-timeout", "-5", "must be between 0 and 86400 seconds"),
        ("--max-age", "nan", "must be between 0 and 86400 seconds"),
        ("--dynamodb-endpoint", "nonsense", "must be an http or https URL"),
    ],
)
def test_a_value_that_cannot_be(argument: str, value: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments([f"{argument}={value}"])
    assert (ended.value.code, f"argument {argument}: {problem}" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize("which", ["--port", "--aws-port"])
def test_a_port_in_use(which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}: Address already in use" in _one_line(_run(*REQUIRED, which, str(port)))


def test_a_database_that_does_not_answer() -> None:
    problem = _one_line(_run(*REQUIRED, "--dynamodb-endpoint", "http://127.0.0.1:9"))
    assert "ConnectionsTable (AWS::DynamoDB::Table) cannot be created: Could not connect" in problem


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_at_once_and_without_a_word(number: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "local_emulator", "--port", str(port), "--aws-port", str(free_port()), *REQUIRED]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),  # a run under nohup has it ignored
    ) as process:
        assert process.stdout and process.stderr
        try:
            while "AWS_ENDPOINT_URL_LAMBDA" not in process.stdout.readline():
                assert process.poll() is None
            with socket.create_connection(("127.0.0.1", port)):
                process.send_signal(number)
                assert process.wait(10) == 0
        finally:
            process.kill()
        assert process.stderr.read() == ""


def test_its_version_is_the_packages() -> None:
    ended = _run("--version")
    assert (ended.returncode, ended.stdout) == (0, f"apigw-emulator {version('apigw-emulator')}\n")


@pytest.mark.parametrize("system", ["win32", "cygwin", "freebsd14"])
def test_a_system_that_is_not_supported_is_named(
    system: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert main() == 2
    assert (
        capsys.readouterr().err == f"apigw-emulator: {system} is not supported; use Linux, macOS, or WSL on Windows\n"
    )


def test_a_moto_that_has_changed_inside_is_named_once_at_start(tmp_path: Path) -> None:
    template = Path(__file__).parent / "echo" / "template.yaml"
    (tmp_path / "sitecustomize.py").write_text(
        "from moto.dynamodb.parsing.expressions import UpdateExpressionParser\n"
        "from moto.sqs.models import Queue\n"
        "del UpdateExpressionParser.make, Queue.delete_message\n"
    )
    ports = ["--port", str(free_port()), "--aws-port", str(free_port())]
    command = [sys.executable, "-m", "local_emulator", "--template", str(template), *ports]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "ws://" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    [notice] = [line for line in lines if "moto " in line]
    assert "queries read whole tables" in notice
    assert "queues lose messages under load" in notice
