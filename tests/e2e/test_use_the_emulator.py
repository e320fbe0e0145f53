"""The project, the tests and the scripts of docs/use-the-emulator.md run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from testing.running import ROOT

PAGE = (ROOT / "docs" / "use-the-emulator.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(project: Path, *command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command, cwd=project, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=110, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_every_block_is_a_file_of_the_project() -> None:
    assert PAGE.count("```") == 2 * len(FILES)
    assert set(FILES) == {"template.yaml", "chat.py", "test_chat.py", "drive.py", "drive_async.py", "ci.sh"}


def test_its_tests_pass(project: Path) -> None:
    assert "5 passed" in run(project, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist")


@pytest.mark.parametrize("script", ["drive.py", "drive_async.py"])
def test_its_scripts_run(script: str, project: Path) -> None:
    run(project, sys.executable, script)


def test_its_commands_run(project: Path) -> None:
    from local_emulator import Emulator

    [block] = re.findall(r"^ {4}apigw-emulator invoke Count\n(?: {4}.*\n)+", PAGE, re.MULTILINE)
    commands = [line.strip() for line in block.splitlines() if "wscat" not in line]
    with Emulator("template.yaml", folder=project) as emulator, emulator.connect() as client:
        port = emulator.http_url.rpartition(":")[2]
        printed = run(project, "bash", "-ec", "\n".join([f"export APIGW_EMULATOR_PORT={port}", *commands]))
        [connection] = emulator.connections

        assert client.receive() == "hello"
    shown = ('{"guests": 1}', connection.id, '{"statusCode": 200}', "template.yaml runs")
    assert [text for text in shown if text not in printed] == []


def test_its_ci_script_runs(project: Path) -> None:
    printed = run(project, "bash", "ci.sh").splitlines()

    assert printed[0] == "['local-Guests']"
    assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/dev", printed[1])
    assert not (project / "ready.json").exists()


def test_the_members_that_it_lists_are_those_of_the_class() -> None:
    from local_emulator import Emulator
    from local_emulator.control import WebSocketClient

    table = PAGE.partition("| member of `Emulator` |")[2].partition("\n\n")[0]
    listed = {name for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", cell)}
    public = {name for name in vars(Emulator) if not name.startswith("_")}
    assert listed == public - {"output_bytes", "output_since"}  # of the plugin
    clients = PAGE.partition("A client has ")[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", clients)) == {name for name in vars(WebSocketClient) if name[0] != "_"} - {"open"}
