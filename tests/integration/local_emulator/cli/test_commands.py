"""The commands of `apigw-emulator`, in a project's own folder and against its running emulator."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.local_emulator.emulating import write, write_template

CODE = """
import os
def handler(event, context): return {"statusCode": 200, "body": os.environ["WORD"] + os.environ["OTHER"]}
def fails(event, context): raise ValueError("no")
"""
PARAMETERS = "Parameters: {Word: {Type: String}}\n"


def _run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_emulator", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | environ, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as a newcomer has it: template, samconfig, a file of variables."""
    folder = tmp_path_factory.mktemp("project")
    write(folder / "code", app=CODE)
    variables = "Environment: {Variables: {WORD: !Ref Word, OTHER: template}}"
    template = write_template(
        folder, Fn=f"CodeUri: code, Handler: app.handler, {variables}", Fails="CodeUri: code, Handler: app.fails"
    )
    template.write_text(PARAMETERS + template.read_text())
    overrides = 'parameter_overrides = "Word=samconfig"'
    (folder / "samconfig.toml").write_text(f"version = 0.1\n[default.deploy.parameters]\n{overrides}\n")
    (folder / "env.json").write_text(json.dumps({"Fn": {"OTHER": "-file"}}))
    return folder


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[dict[str, str]]:
    """The emulator in that folder; yields the variables that commands need."""
    command = [sys.executable, "-m", "local_emulator", "run", "--ready-json", "--aws-port", "0"]
    environ = os.environ | {"APIGW_EMULATOR_PORT": "0", "APIGW_EMULATOR_ENV_VARS": "env.json"}
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            yield {"APIGW_EMULATOR_PORT": facts["url"].rpartition(":")[2], "url": facts["url"]}
        finally:
            process.terminate()
            process.stdout.read()


def test_a_function_is_invoked_with_the_values_of_samconfig_and_file(folder: Path, running: dict[str, str]) -> None:
    ran = _run(folder, "invoke", "Fn", **running)
    assert json.loads(ran.stdout)["body"] == "samconfig-file" and ran.returncode == 0
    assert "REPORT RequestId" in ran.stderr


def test_a_function_that_fails_ends_with_1_and_unknown_names_too(folder: Path, running: dict[str, str]) -> None:
    assert _run(folder, "invoke", "Fails", **running).returncode == 1
    assert "Function not found" in _run(folder, "invoke", "None", **running).stderr
    assert "name a function: Fn, Fails" in _run(folder, "invoke", **running).stderr
    assert _run(folder, "invoke", "Fn", "--payload", "{", **running).returncode == 2


async def test_connections_are_listed_written_to_and_closed(folder: Path, running: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{running['url']}/dev") as connection:
        [listed] = json.loads(_run(folder, "connections", "--json", **running).stdout)
        assert listed["id"] in _run(folder, "connections", **running).stdout
        assert _run(folder, "send", "only", "hello", **running).returncode == 0
        assert (await connection.receive(timeout=10)).data == "hello"
        assert _run(folder, "connections", "--close", listed["id"], **running).returncode == 0
        assert (await connection.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
    assert "no connection is open" in _run(folder, "connections", **running).stdout
    assert _run(folder, "send", listed["id"], "late", **running).returncode == 1


async def test_a_browser_at_the_address_is_led_to_the_inspector(running: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(running["url"], headers={"Accept": "text/html"}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/_emulator/")
        async with http.get(running["url"]) as answer:
            assert answer.status == 403


async def test_both_loopback_addresses_are_served(running: dict[str, str]) -> None:
    port = int(running["APIGW_EMULATOR_PORT"])
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with aiohttp.ClientSession() as http, http.ws_connect(f"ws://[::1]:{port}/dev") as connection:
        await connection.close()


def test_without_an_emulator_a_command_says_how_to_start_one(folder: Path) -> None:
    ran = _run(folder, "connections", "--port", "1")
    assert ran.returncode == 1 and "no emulator on port 1" in ran.stderr


def test_validate_names_the_file_of_a_fault_and_strict_refuses_notices(folder: Path, tmp_path: Path) -> None:
    assert "2 functions, stages Api/dev" in _run(folder, "validate").stdout
    strict = tmp_path / "template.yaml"
    strict.write_text((folder / "template.yaml").read_text() + "  Clicks: {Type: AWS::Kinesis::Stream}\n")
    write(tmp_path / "code", app=CODE)
    arguments = ("validate", str(strict), "--parameter", "Word=x")
    assert "Clicks (AWS::Kinesis::Stream)" in _run(tmp_path, *arguments).stdout
    ran = _run(tmp_path, *arguments, "--strict")
    assert ran.returncode == 2 and f"{strict}:" in ran.stderr and "--strict refuses it" in ran.stderr
    ran = _run(tmp_path, "validate", "none.yaml")
    assert ran.returncode == 2 and "none.yaml: cannot be read" in ran.stderr
