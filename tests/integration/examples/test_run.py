"""`make run` where something already listens."""

import socket
import subprocess
import sys

import pytest

from testing.running import ROOT, free_port


@pytest.mark.parametrize(
    ("argument", "variable"), [("--port", "PORT"), ("--aws-port", "AWS_PORT"), ("--page-port", "PAGE_PORT")]
)
def test_a_port_in_use_is_named_with_the_variable_that_changes_it(argument: str, variable: str) -> None:
    ports = {name: str(free_port()) for name in ("--port", "--aws-port", "--page-port")}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports[argument] = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "examples.run", *(part for pair in ports.items() for part in pair)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    expected = f"Port {ports[argument]} is in use. Stop the program that listens on it, or run: make run {variable}=…\n"
    assert (ended.returncode, ended.stderr, ended.stdout) == (2, expected, "")
