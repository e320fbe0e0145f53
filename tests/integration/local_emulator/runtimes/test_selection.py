"""The folders in which functions look for modules, and that all end with the emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local_emulator.cli.banner import greeting
from local_emulator.cli.run_arguments import read_arguments
from local_emulator.deployment import Function
from local_emulator.runtimes.code_paths import code_path
from local_emulator.template.reader import read_template
from testing.running import ROOT, free_port
from tests.integration.local_emulator.emulating import emulating, write, write_template


def _function(name: str, code: Path, *layers: Path) -> Function:
    return Function(name, name, f"arn:{name}", "app.say", "python3.13", code, layers=layers)


def test_a_path_is_the_code_and_then_its_layers_the_last_first(tmp_path: Path) -> None:
    for folder in ("one/python", "two/python/lib/python3.13/site-packages", "code"):
        (tmp_path / folder).mkdir(parents=True)
    function = _function("F", tmp_path / "code", tmp_path / "one", tmp_path / "two")
    two = tmp_path / "two" / "python"
    assert code_path(function) == [
        tmp_path / "code",
        two / "lib" / "python3.13" / "site-packages",
        two,
        tmp_path / "one" / "python",
    ]


def test_a_declared_pythonpath_speaks_of_lambdas_folders(tmp_path: Path) -> None:
    for folder in ("code/vendor", "layer/extra"):
        (tmp_path / folder).mkdir(parents=True)
    function = replace(
        _function("F", tmp_path / "code", tmp_path / "layer"),
        environment={"PYTHONPATH": "/var/task/vendor:/opt/extra:/var/taskelse:/elsewhere"},
    )
    assert code_path(function) == [tmp_path / "code", tmp_path / "code" / "vendor", tmp_path / "layer" / "extra"]


async def test_a_layer_is_importable(tmp_path: Path) -> None:
    write(tmp_path / "layer", python__words="TEXT = 'from the layer'")
    write(tmp_path / "code", app="from words import TEXT\ndef say(event, context): return TEXT\n")
    template = write_template(tmp_path, Say="CodeUri: code, Handler: app.say, Layers: [!Ref Words]")
    layer = "  Words: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n"
    template.write_text(template.read_text() + layer)
    async with emulating(template) as emulated:
        assert await emulated.invoke("Say") == "from the layer"


@pytest.mark.parametrize("value", ["auto", "thread", "process"])
def test_isolation_is_taken_and_has_no_effect_but_a_notice(value: str) -> None:
    settings = read_arguments(["--isolation", value])
    template = read_template(Path("tests/templates/environments/template.yaml"))
    assert "--isolation has no effect any more" in greeting(template, settings)
    assert "--isolation" not in greeting(template, read_arguments([]))


@contextmanager
def _emulator(template: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    ports = ["--port", str(port), "--aws-port", str(free_port())]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "local_emulator", "--template", str(template), *ports, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        while "AWS_ENDPOINT_URL_LAMBDA" not in process.stdout.readline():
            assert process.poll() is None
        try:
            yield process, port
        finally:
            process.kill()


def _invoke(port: int, function: str) -> object:
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/{function}/invocations"
    with urllib.request.urlopen(urllib.request.Request(url, b"{}"), timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_everything_dies_with_the_emulator_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    """Even a handler that is at work, and what it has started."""
    write(
        tmp_path,
        app="""
        import os, subprocess, time
        def say(event, context):
            return [os.getpid(), subprocess.Popen(["sleep", "60"]).pid]
        def hang(event, context):
            open(os.environ["PIDS"], "w").write(str(os.getpid()))
            while True: pass
        """,
    )
    pids = tmp_path / "pids"
    template = write_template(
        tmp_path,
        Say="CodeUri: ., Handler: app.say, Timeout: 60",
        Hang=f"CodeUri: ., Handler: app.hang, Timeout: 60, Environment: {{Variables: {{PIDS: {pids}}}}}",
    )
    with _emulator(template) as (process, port):
        said = _invoke(port, "Say")
        assert isinstance(said, list)
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/Hang/invocations"
        later = urllib.request.Request(url, b"null", {"X-Amz-Invocation-Type": "Event"})
        urllib.request.urlopen(later, timeout=20).close()
        _until(lambda: pids.exists() and pids.read_text() != "")
        process.send_signal(number)
        process.wait(10)
        _until(lambda: all(_gone(pid) for pid in [*said, int(pids.read_text())]))


@pytest.mark.node
@pytest.mark.parametrize("is_busy", [False, True], ids=["waits", "is at work"])
def test_a_node_process_ends_when_emulator_and_launcher_are_killed_together(tmp_path: Path, is_busy: bool) -> None:
    pids = tmp_path / "pids"
    (tmp_path / "index.js").write_text(
        """
        const { spawn } = require("child_process");
        exports.handler = async (event) => {
          const pids = [process.pid, spawn("sleep", ["60"]).pid];
          require("fs").writeFileSync(process.env.PIDS, pids.join(" "));
          if (event.isBusy) await new Promise((resolve) => setTimeout(resolve, 60000));
          return process.ppid;
        };
        """
    )
    template = write_template(
        tmp_path,
        Say=f"CodeUri: ., Handler: index.handler, Timeout: 90, Environment: {{Variables: {{PIDS: {pids}}}}}",
    )
    template.write_text(template.read_text().replace("python3.13", "nodejs22.x"))
    with _emulator(template) as (process, port):
        launcher = _invoke(port, "Say")
        if is_busy:
            pids.unlink()
            url = f"http://127.0.0.1:{port}/2015-03-31/functions/Say/invocations"
            later = urllib.request.Request(url, b'{"isBusy": true}', {"X-Amz-Invocation-Type": "Event"})
            urllib.request.urlopen(later, timeout=20).close()
            _until(lambda: pids.exists() and pids.read_text() != "")
        assert isinstance(launcher, int)
        os.kill(launcher, signal.SIGSTOP)
        process.kill()
        os.kill(launcher, signal.SIGKILL)
        _until(lambda: all(_gone(int(pid)) for pid in pids.read_text().split()))


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
