"""A Node function's process: its connections, its context, its layers, its options, its inspector and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local_emulator.runtimes.node import Interpreter
from tests.integration.local_emulator.runtimes.bootstrap.node.node_process import NodeProcess, node_process
from tests.integration.local_emulator.runtimes.bootstrap.node.nodes import NODES

pytestmark = pytest.mark.node
RUNTIMES = ("nodejs20.x", "nodejs24.x")
on_every_node = pytest.mark.parametrize("node", NODES, ids=lambda node: str(node.major))


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


def value(process: NodeProcess, event: str = "{}", **more: Any) -> Any:
    post = process.call(event, **more)
    assert post is not None and post.path.endswith("/response"), (post, process.printed)
    return post.value


@pytest.mark.parametrize("runtime", RUNTIMES)
@on_every_node
def test_next_and_posts_never_share_a_connection_and_take_turns(
    tmp_path: Path, node: Interpreter, runtime: str
) -> None:
    write(tmp_path, index_js="exports.handler = async (event) => { if (event.fail) throw new Error('x'); return 1; };")

    with node_process(node, runtime, tmp_path) as process:
        posts = [process.call(json.dumps({"fail": number % 2})) for number in range(6)]

        assert not {post.peer for post in posts if post} & set(process.server.asked)
        assert len(set(process.server.asked)) == 1
        turns = process.server.order[:12]
        assert turns[::2] == ["next"] * 6 and all("/r-" in path for path in turns[1::2])


@on_every_node
def test_events_survive_connections_that_the_server_closes(tmp_path: Path, node: Interpreter) -> None:
    write(tmp_path, index_js="exports.handler = async (event) => event.n;")

    with node_process(node, "nodejs24.x", tmp_path) as process:
        process.server.closing = True
        assert [value(process, json.dumps({"n": number})) for number in range(20)] == list(range(20))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_context_has_what_the_headers_say_of_each_event(tmp_path: Path, runtime: str) -> None:
    keys = "c.clientContext, c.identity, c.tenantId, process.env._X_AMZN_TRACE_ID, c.xRayTraceId"
    write(tmp_path, index_js=f"exports.handler = async (e, c) => {{ console.log('x'); return [{keys}]; }};")
    headers = {
        "Lambda-Runtime-Client-Context": '{"client": {"a": 1}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "i"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
        "Lambda-Runtime-Trace-Id": "Root=1-2-3",
    }

    json_lines = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
    with node_process(NODES[0], runtime, tmp_path, variables=json_lines) as process:
        trace = "Root=1-2-3" if runtime == "nodejs24.x" else None
        filled = [{"client": {"a": 1}}, {"cognitoIdentityId": "i"}, "blue", "Root=1-2-3", trace]
        assert value(process, headers=headers) == filled
        assert value(process) == [None] * 5
        tenants = [json.loads(line).get("tenantId") for line in process.printed]
        assert tenants == ["blue" if runtime == "nodejs20.x" else None, None]


@pytest.mark.parametrize("form", ["js", "mjs"])
@on_every_node
def test_packages_of_layers_are_found(tmp_path: Path, node: Interpreter, form: str) -> None:
    layers = (tmp_path / "first", tmp_path / "second")
    for layer, package in ((layers[0], "both"), (layers[1], "both"), (layers[0], "@own/one")):
        folder = layer / "nodejs" / "node_modules" / package
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"exports": {"import": "./it.mjs", "require": "./it.cjs"}}')
        (folder / "it.mjs").write_text(f"export const it = 'import of {package} in {layer.name}';")
        (folder / "it.cjs").write_text(f"exports.it = 'require of {package} in {layer.name}';")
    code = tmp_path / "code"
    code.mkdir()
    if form == "js":
        write(
            code, index_js="const a = require('both'), b = require('@own/one');\nexports.handler = () => [a.it, b.it];"
        )
    else:
        lines = "import * as a from 'both'; import * as b from '@own/one'; import 'node:fs';"
        write(code, index_mjs=lines + "\nexport const handler = () => [a.it, b.it];")

    with node_process(node, "nodejs24.x", code, layers=layers) as process:
        verb = "require" if form == "js" else "import"
        assert value(process) == [f"{verb} of both in second", f"{verb} of @own/one in first"]


@on_every_node
def test_a_package_that_no_layer_has_is_missed_under_its_own_name(tmp_path: Path, node: Interpreter) -> None:
    (tmp_path / "layer" / "nodejs" / "node_modules").mkdir(parents=True)
    write(tmp_path, index_mjs="import 'nope';")

    with node_process(node, "nodejs24.x", tmp_path, layers=(tmp_path / "layer",)) as process:
        post = process.outcome()
        assert post is not None and post.path == "/init/error"
        assert re.match(r"Cannot find package 'nope' imported from .*index\.mjs$", post.value["errorMessage"])


@on_every_node
def test_node_options_of_the_function_switch_an_experiment_on_again(tmp_path: Path, node: Interpreter) -> None:
    write(tmp_path, index_js="exports.handler = () => require('./other.mjs').it;", other_mjs="export const it = 5;")

    options = {"NODE_OPTIONS": "--experimental-require-module --no-warnings"}
    with node_process(node, "nodejs24.x", tmp_path, variables=options) as process:
        assert value(process) == 5


def test_the_memory_of_the_function_limits_the_heap(tmp_path: Path) -> None:
    heap = "require('v8').getHeapStatistics().heap_size_limit / 1024 / 1024"
    write(tmp_path, index_js=f"exports.handler = async () => {heap};")

    with node_process(NODES[0], "nodejs24.x", tmp_path) as process:
        assert 100 < value(process) < 160  # of 128 MB


async def test_the_inspector_stops_at_a_breakpoint(tmp_path: Path) -> None:
    write(tmp_path, index_js="exports.handler = async (event) => {\n  const n = event.n + 1;\n  return n;\n};")

    with node_process(NODES[0], "nodejs22.x", tmp_path, inspect="127.0.0.1:0") as process:
        assert process.ready
        [url] = re.findall(r"Debugger listening on (ws://\S+)", "\n".join(process.printed))
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            await command(socket, "Debugger.enable")
            where = {"lineNumber": 2, "urlRegex": ".*/index\\.js"}
            await command(socket, "Debugger.setBreakpointByUrl", **where)
            process.send('{"n": 1}')
            frame = (await event(socket, "Debugger.paused"))["callFrames"][0]
            found = await command(
                socket, "Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression="n"
            )
            assert (frame["location"]["lineNumber"], found["result"]["value"]) == (2, 2)
            await command(socket, "Debugger.resume")
        post = process.outcome()
        assert post is not None and post.body == "2"


async def command(socket: aiohttp.ClientWebSocketResponse, method: str, **params: Any) -> Any:
    await socket.send_json({"id": 1, "method": method, "params": params})
    while (message := await socket.receive_json(timeout=30)).get("id") != 1:
        pass
    return message["result"]


async def event(socket: aiohttp.ClientWebSocketResponse, method: str) -> Any:
    while (message := await socket.receive_json(timeout=30)).get("method") != method:
        pass
    return message["params"]


def test_the_process_and_what_it_started_end_with_the_runtime_api(tmp_path: Path) -> None:
    start = "const child = require('child_process').spawn('sleep', ['600']);"
    write(tmp_path, index_js=f"{start}\nconsole.log(child.pid);\nexports.handler = async () => 1;")
    unanswered = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}

    with node_process(NODES[0], "nodejs24.x", tmp_path, variables=unanswered, start_new_session=True) as process:
        assert process.status() == -signal.SIGKILL
        assert any("The Runtime API does not answer" in line for line in process.printed)
        assert ended(int(process.printed[0].split()[-1]))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_process_and_what_it_started_end_with_the_lifeline(tmp_path: Path, runtime: str) -> None:
    start = "const child = require('child_process').spawn('sleep', ['600']); return child.pid;"
    wait = "if (event.wait) await new Promise(() => setInterval(() => {}, 9));"
    write(tmp_path, index_js=f"exports.handler = async (event) => {{ {wait} {start} }};")
    ours, theirs = socket.socketpair()

    with node_process(NODES[0], runtime, tmp_path, lifeline=theirs.fileno(), start_new_session=True) as process:
        theirs.close()
        child = value(process)
        process.send('{"wait": true}')
        os.kill(child, 0)
        ours.close()
        assert process.status() == -signal.SIGKILL
        assert ended(child)


def ended(pid: int) -> bool:
    """Waits until the process is gone, or a zombie that its new parent has not yet collected."""
    for _ in range(500):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_handler_that_changes_what_the_bootstrap_uses_is_answered(tmp_path: Path, runtime: str) -> None:
    spoil = "require('http').request = () => { throw new Error('spoiled'); };"
    write(tmp_path, index_js=f"exports.handler = async () => 1;\n{spoil}")

    with node_process(NODES[0], runtime, tmp_path) as process:
        assert value(process) == 1
        assert value(process) == 1
