"""Calls of the management API from Node reach the emulator: by AWS's SDKs, by bundles, by https and by fetch."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local_emulator.runtimes.endpoint_redirects import Redirects
from local_emulator.runtimes.node import Interpreter
from tests.integration.local_emulator.runtimes.bootstrap.node.node_process import node_process
from tests.integration.local_emulator.runtimes.bootstrap.node.nodes import NODES, PACKAGES

pytestmark = [pytest.mark.node, pytest.mark.skipif(not PACKAGES.exists(), reason="`make nodes` brings the SDKs")]

HOST = "abc123.execute-api.us-east-1.amazonaws.com"
POST = """
    const sdk = new ApiGatewayManagementApiClient({endpoint: event.endpoint, region: "us-east-1"});
    try {
      await sdk.send(new PostToConnectionCommand({ConnectionId: event.id, Data: "höi"}));
      return "sent";
    } catch (error) { return [error.name, error.$metadata?.httpStatusCode ?? error.code]; }
"""
NAMES = "ApiGatewayManagementApiClient, PostToConnectionCommand"
PACKAGE = "@aws-sdk/client-apigatewaymanagementapi"
V3_CJS = f"const {{{NAMES}}} = require('{PACKAGE}');\nexports.handler = async (event) => {{{POST}}};"
V3_ESM = f"import {{{NAMES}}} from '{PACKAGE}';\nexport const handler = async (event) => {{{POST}}};"
V2 = """
    const AWS = require('aws-sdk');
    exports.handler = async (event) => {
      const sdk = new AWS.ApiGatewayManagementApi({endpoint: event.endpoint, region: 'us-east-1'});
      try {
        await sdk.postToConnection({ConnectionId: event.id, Data: 'höi'}).promise();
        return 'sent';
      } catch (error) { return [error.code, error.statusCode]; }
    };
"""
HTTPS = """
    import { request as send } from 'node:https';
    import https from 'https';
    export const handler = async (event) => {
      const path = `/@connections/${encodeURIComponent(event.id)}`;
      const given = event.options ?? {};
      if (event.agent) given.agent = new https.Agent({keepAlive: true});
      if (event.agent === false) given.agent = false;
      const request = (event.named ? send : https.request)(event.endpoint + path, {method: 'POST', ...given});
      request.end('höi');
      const [response] = await require('events').once(request, 'response');
      response.resume();
      return response.statusCode === 200 ? 'sent' : ['', response.statusCode];
    };
    import { createRequire } from 'module';
    const require = createRequire(import.meta.url);
"""
FETCH = """
    exports.handler = async (event) => {
      const url = `${event.endpoint}/@connections/${encodeURIComponent(event.id)}`;
      const init = {method: 'POST', body: 'höi'};
      const forms = {
        text: () => fetch(url, init),
        url: () => fetch(new URL(url), init),
        request: () => fetch(new Request(url, init)),
        both: () => fetch(new Request(url, {method: 'PUT'}), init),
      };
      try {
        const response = await forms[event.form ?? 'text']();
        return response.ok ? 'sent' : ['', response.status];
      } catch (error) { return [error.name, error.cause?.code]; }
    };
"""


@dataclass
class Target:
    """Stands for the emulator; `requests` are (path, host, body)."""

    port: int
    requests: queue.Queue[tuple[str, str, str]] = field(default_factory=queue.Queue)


@pytest.fixture
def target() -> Iterator[Target]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Connections)
    server.daemon_threads = True
    server.target = Target(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.target  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


class Connections(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.target.requests.put((self.path, self.headers["Host"], body.decode()))  # type: ignore[attr-defined]
        gone = self.path.endswith("gone")
        self.send_response(410 if gone else 200)
        if gone:
            self.send_header("x-amzn-ErrorType", "GoneException")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of functions: with the SDK beside the code, and bundled by esbuild."""
    root = tmp_path_factory.mktemp("builds")
    sources = {"v3-cjs/index.js": V3_CJS, "v3-esm/index.mjs": V3_ESM, "v2-cjs/index.js": V2}
    for name, text in {**sources, "https/index.mjs": HTTPS, "fetch/index.js": FETCH}.items():
        (root / name).parent.mkdir()
        (root / name).write_text(text, encoding="utf-8")
        (root / name).parent.joinpath("node_modules").symlink_to(PACKAGES)
    for source, form, ending in (("v3-cjs", "cjs", "js"), ("v3-esm", "esm", "mjs"), ("v2-cjs", "cjs", "js")):
        entry = next((root / source).glob("index.*"))
        out = root / f"bundle-{source}" / f"index.{ending}"
        banner = "import {createRequire} from 'module'; const require = createRequire(import.meta.url);"
        command = [PACKAGES / ".bin" / "esbuild", entry, "--bundle", "--platform=node", f"--format={form}"]
        more = [f"--banner:js={banner}"] if form == "esm" else []
        subprocess.run([*command, *more, f"--outfile={out}", "--log-level=error"], check=True)
    return root


def call(
    node: Interpreter, code: Path, target: Target, *events: dict[str, Any], default: str | None = None
) -> list[Any]:
    runtime = "nodejs24.x" if node.major >= 24 else "nodejs22.x"
    redirects = Redirects(f"http://127.0.0.1:{target.port}", {"abc123": "/Chat"}, default)
    # A constructor's endpoint beats this one; a redirect that fails must not look like a success.
    variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    answers = []
    with node_process(node, runtime, code, variables=variables, redirects=redirects) as process:
        for event in events:
            post = process.call(json.dumps({"endpoint": f"https://{HOST}/dev", "id": "L0SM9cOFvHcCIhw="} | event))
            assert post is not None and post.path.endswith("/response"), (post, process.printed)
            answers.append(post.value)
    return answers


SDKS = ["v3-cjs", "v3-esm", "v2-cjs", "bundle-v3-cjs", "bundle-v3-esm", "bundle-v2-cjs"]


@pytest.mark.parametrize("build", SDKS)
@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node.major))
def test_an_sdk_posts_to_the_emulator(node: Interpreter, builds: Path, build: str, target: Target) -> None:
    answers = call(node, builds / build, target, {}, {"id": "gone"}, {})

    assert answers == ["sent", ["GoneException", 410], "sent"]
    assert target.requests.get_nowait() == ("/Chat/dev/@connections/L0SM9cOFvHcCIhw%3D", HOST, "höi")
    assert target.requests.get_nowait()[0] == "/Chat/dev/@connections/gone"


@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node.major))
def test_https_and_fetch_reach_the_emulator(node: Interpreter, builds: Path, target: Target) -> None:
    forms: list[dict[str, Any]] = [{}, {"named": True}, {"agent": True}, {"agent": False}]
    forms.append({"options": {"headers": ["content-length", "4", "host", HOST]}})
    fetches = [{"form": form} for form in ("text", "url", "request", "both")]

    assert call(node, builds / "https", target, *forms) == ["sent"] * 5
    assert call(node, builds / "fetch", target, *fetches) == ["sent"] * 4
    seen = [target.requests.get_nowait() for _ in range(9)]
    assert {(path, body) for path, _, body in seen} == {("/Chat/dev/@connections/L0SM9cOFvHcCIhw%3D", "höi")}
    assert {host for _, host, _ in seen[:5]} == {HOST}


@pytest.mark.parametrize("build", ["https", "fetch"])
def test_an_unknown_api_is_led_to_the_emulator_and_a_host_without_id_to_the_only_stage(
    builds: Path, build: str, target: Target
) -> None:
    regional = {"endpoint": "https://execute-api.us-east-1.amazonaws.com"}
    other = {"endpoint": "https://OTHER.execute-api.eu-west-1.amazonaws.com/x"}
    assert call(NODES[0], builds / build, target, regional, other, default="/Chat/dev") == ["sent", "sent"]
    paths = [target.requests.get_nowait()[0] for _ in range(2)]
    assert paths == ["/Chat/dev/@connections/L0SM9cOFvHcCIhw%3D", "/other/x/@connections/L0SM9cOFvHcCIhw%3D"]


def test_a_host_without_id_does_not_resolve_if_there_are_several_stages(builds: Path, target: Target) -> None:
    regional = {"endpoint": "https://execute-api.us-east-1.amazonaws.com"}
    assert call(NODES[0], builds / "fetch", target, regional) == [["TypeError", "ENOTFOUND"]]
    assert call(NODES[0], builds / "v3-cjs", target, regional) == [["Error", "ENOTFOUND"]]
    assert target.requests.empty()
