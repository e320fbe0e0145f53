"""`--debug FUNCTION` with the settings of docs/debugging.md, over the protocols that editors speak."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local_emulator.activity_log import Journal
from local_emulator.awslambda.functions import Runtime
from local_emulator.awslambda.payload import json_of
from local_emulator.runtimes.selection import Environments
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from testing.running import ROOT, free_port
from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import write, write_template

PYTHON = """\
def say(event, context):
    doubled = event * 2
    return doubled


def stop(event, context):
    breakpoint()
    return "went on"
"""
NODE = "exports.handler = async (event) => {\n  const doubled = event * 2;\n  return doubled;\n};\n"
[LAUNCH] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "debugging.md").read_text(), re.DOTALL)
CONFIGURATIONS = {one["name"]: one for one in json.loads(LAUNCH)["configurations"]}


class DebugAdapter:
    """A client of the Debug Adapter Protocol: messages of JSON, each after its length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._count = 0
        self._early: list[dict[str, Any]] = []

    def send(self, command: str, **arguments: Any) -> int:
        self._count += 1
        body = json.dumps({"seq": self._count, "type": "request", "command": command, "arguments": arguments}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._count

    async def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        answer = await self.answered(self.send(command, **arguments))
        assert answer["success"], answer
        body: dict[str, Any] = answer.get("body") or {}
        return body

    async def answered(self, number: int) -> dict[str, Any]:
        return await self._message(lambda message: message.get("request_seq") == number)

    async def event(self, name: str) -> dict[str, Any]:
        body: dict[str, Any] = (await self._message(lambda message: message.get("event") == name)).get("body") or {}
        return body

    async def _message(self, wanted: Any) -> dict[str, Any]:
        for message in self._early:
            if wanted(message):
                self._early.remove(message)
                return message
        while True:
            async with asyncio.timeout(30):
                head = await self._reader.readuntil(b"\r\n\r\n")
                body = await self._reader.readexactly(int(head.split(b":")[1]))
            message: dict[str, Any] = json.loads(body)
            if wanted(message):
                return message
            self._early.append(message)


@asynccontextmanager
async def debugged(folder: Path, properties: str, runtime: str) -> AsyncIterator[tuple[Runtime, int, StringIO]]:
    template = write_template(folder, Say=properties)
    template.write_text(template.read_text().replace("python3.13", runtime))
    port, printed = free_port(), StringIO()
    environments = Environments(read_template(template), Settings(debug="Say", debug_port=port), Journal(printed))
    try:
        yield environments.start()["Say"], port, printed
    finally:
        await environments.stop()


@asynccontextmanager
async def attached(port: int, *breakpoints: tuple[Path, int]) -> AsyncIterator[DebugAdapter]:
    """Attaches as VS Code does with the settings of the documentation."""
    configuration = CONFIGURATIONS["Python function"]
    reader, writer = await _connected(port)
    adapter = DebugAdapter(reader, writer)
    await adapter.request("initialize", adapterID=configuration["type"], pathFormat="path", linesStartAt1=True)
    attach = adapter.send("attach", **{**configuration, "connect": {**configuration["connect"], "port": port}})
    await adapter.event("initialized")
    for path, line in breakpoints:
        await adapter.request("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line}])
    await adapter.request("configurationDone")
    assert (await adapter.answered(attach))["success"]
    yield adapter
    writer.close()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The environment is made while the emulator already serves; the debugger listens before its code is imported."""
    for _ in range(500):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
    raise AssertionError("no debugger listens")


async def test_vs_codes_settings_stop_at_a_line_of_a_python_handler_and_time_outs_wait(tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    code = write(tmp_path) / "app.py"
    code.write_text(PYTHON)
    async with debugged(tmp_path, "CodeUri: ., Handler: app.say, Timeout: 1", "python3.13") as (say, port, _):
        async with attached(port, (code, 3)) as adapter:
            call = asyncio.ensure_future(say.run(json_of(21), "r1"))
            stopped = await adapter.event("stopped")
            [frame, *_] = (await adapter.request("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
            found = await adapter.request("evaluate", expression="doubled", frameId=frame["id"])
            await asyncio.sleep(1.2)  # longer than the function's time-out

            assert (stopped["reason"], frame["line"], frame["source"]["path"]) == ("breakpoint", 3, str(code))
            assert found["result"] == "42"
            assert not call.done()
            await adapter.request("continue", threadId=stopped["threadId"])
            assert (await call).payload == "42"
        assert (await say.run(json_of(1), "r2")).payload == "2"


async def test_breakpoint_stops_under_a_debugger(tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    (write(tmp_path) / "app.py").write_text(PYTHON)
    async with (
        debugged(tmp_path, "CodeUri: ., Handler: app.stop", "python3.13") as (stop, port, _),
        attached(port) as adapter,
    ):
        call = asyncio.ensure_future(stop.run(json_of(1), "r1"))
        stopped = await adapter.event("stopped")
        [frame, *_] = (await adapter.request("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
        assert frame["name"] == "stop"
        await adapter.request("continue", threadId=stopped["threadId"])
        assert (await call).payload == '"went on"'


async def test_without_debugpy_the_log_says_what_to_install_and_the_function_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (write(tmp_path, debugpy="raise ImportError") / "app.py").write_text(PYTHON)
    async with debugged(tmp_path, "CodeUri: ., Handler: app.say", "python3.13") as (say, _, printed):
        assert (await say.run(json_of(21), "r1")).payload == "42"
        assert "pip install" in printed.getvalue() and "debugpy" in printed.getvalue()


@pytest.mark.node
async def test_vs_codes_settings_stop_at_a_line_of_a_node_handler(tmp_path: Path) -> None:
    code = tmp_path / "index.js"
    code.write_text(NODE)
    address = CONFIGURATIONS["Node function"]["address"]
    properties = "CodeUri: ., Handler: index.handler, Timeout: 1"
    async with debugged(tmp_path, properties, "nodejs22.x") as (say, port, printed), aiohttp.ClientSession() as http:
        await until(lambda: "Debugger listening on" in printed.getvalue())
        async with http.get(f"http://{address}:{port}/json/list") as answer:  # how VS Code finds the process
            [target] = await answer.json()
        async with http.ws_connect(target["webSocketDebuggerUrl"]) as socket:
            await _inspect(socket, "Debugger.enable")
            await _inspect(socket, "Debugger.setBreakpointByUrl", lineNumber=2, url=code.resolve().as_uri())
            call = asyncio.ensure_future(say.run(json_of(21), "r1"))
            while (message := await socket.receive_json(timeout=30)).get("method") != "Debugger.paused":
                pass
            await asyncio.sleep(1.2)
            assert message["params"]["callFrames"][0]["location"]["lineNumber"] == 2
            assert not call.done()
            await _inspect(socket, "Debugger.resume")
            assert (await call).payload == "42"


async def _inspect(socket: aiohttp.ClientWebSocketResponse, method: str, **params: Any) -> None:
    await socket.send_json({"id": 1, "method": method, "params": params})
    while (await socket.receive_json(timeout=30)).get("id") != 1:
        pass


async def test_a_debugged_function_has_one_environment(tmp_path: Path) -> None:
    write(tmp_path, app="import os, time\ndef say(event, context): time.sleep(0.05); return os.getpid()\n")
    async with debugged(tmp_path, "CodeUri: ., Handler: app.say", "python3.13") as (say, _, _):
        outcomes = await asyncio.gather(*(say.run(json_of(None), f"r{n}") for n in range(4)))
        assert len({outcome.payload for outcome in outcomes}) == 1
