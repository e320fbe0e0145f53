"""Calls of the management API from Node reach the emulator: by SDKs and bundles, https, fetch and tls."""

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

from local_emulator.runtimes.node import Interpreter
from local_emulator.web.certificates import CertificateAuthority
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
TLS = """
    import tls, { connect } from 'node:tls';
    export const handler = async (event) => {
      const host = new URL(event.endpoint).hostname;
      const servername = host;
      const forms = {
        options: () => tls.connect({host, port: 443, servername}),
        'port and host': () => tls.connect(443, host, {servername}),
        named: () => connect({host, port: 443, servername}),
      };
      const socket = forms[event.form]();
      socket.write(`POST /dev/@connections/x HTTP/1.1\\r\\nHost: ${host}\\r\\nContent-Length: 0\\r\\n\\r\\n`);
      const [data] = await new Promise((ok, no) => socket.once('data', (data) => ok([data])).once('error', no));
      socket.destroy();
      return data.toString().split('\\r')[0];
    };
"""


@dataclass
class Target:
    """Stands for the emulator's TLS server; `requests` are (path, host, body)."""

    port: int
    authority: Path
    requests: queue.Queue[tuple[str, str, str]] = field(default_factory=queue.Queue)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Connections)
    server.daemon_threads = True
    authority, file = CertificateAuthority(), tmp_path / "authority.pem"
    file.write_bytes(authority.pem)
    names = [f"*.execute-api.{region}.amazonaws.com" for region in ("us-east-1", "eu-west-1")]
    server.socket = authority.server_context(names).wrap_socket(server.socket, server_side=True)
    server.target = Target(server.server_address[1], file)  # type: ignore[attr-defined]
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
    for name, text in {**sources, "https/index.mjs": HTTPS, "fetch/index.js": FETCH, "tls/index.mjs": TLS}.items():
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


def call(node: Interpreter, code: Path, target: Target, *events: dict[str, Any]) -> list[Any]:
    runtime = "nodejs24.x" if node.major >= 24 else "nodejs22.x"
    # A constructor's endpoint beats this one; a redirect that fails must not look like a success.
    variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "NODE_EXTRA_CA_CERTS": str(target.authority)}
    answers = []
    with node_process(node, runtime, code, variables=variables, tls_port=target.port) as process:
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
    assert target.requests.get_nowait() == ("/dev/@connections/L0SM9cOFvHcCIhw%3D", HOST, "höi")
    assert target.requests.get_nowait()[0] == "/dev/@connections/gone"


@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node.major))
def test_https_and_fetch_reach_the_emulator(node: Interpreter, builds: Path, target: Target) -> None:
    forms: list[dict[str, Any]] = [{}, {"named": True}, {"agent": True}, {"agent": False}]
    forms.append({"options": {"headers": ["content-length", "4", "host", HOST]}})
    fetches = [{"form": form} for form in ("text", "url", "request", "both")]

    assert call(node, builds / "https", target, *forms) == ["sent"] * 5
    assert call(node, builds / "fetch", target, *fetches) == ["sent"] * 4
    seen = [target.requests.get_nowait() for _ in range(9)]
    assert set(seen) == {("/dev/@connections/L0SM9cOFvHcCIhw%3D", HOST, "höi")}


@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node.major))
def test_a_client_below_https_reaches_the_emulator(node: Interpreter, builds: Path, target: Target) -> None:
    forms = [{"form": form} for form in ("options", "port and host", "named")]
    assert call(node, builds / "tls", target, *forms) == ["HTTP/1.1 200 OK"] * 3


@pytest.mark.parametrize("build", ["https", "fetch"])
def test_an_unknown_api_is_led_to_the_emulator(builds: Path, build: str, target: Target) -> None:
    other = {"endpoint": "https://OTHER.execute-api.eu-west-1.amazonaws.com/x"}
    assert call(NODES[0], builds / build, target, other) == ["sent"]
    assert target.requests.get_nowait()[0] == "/x/@connections/L0SM9cOFvHcCIhw%3D"


def test_a_host_without_id_and_other_hosts_are_left_alone(builds: Path, target: Target) -> None:
    for host in ("execute-api.us-east-1.amazonaws.com", f"{HOST}.invalid"):
        assert call(NODES[0], builds / "fetch", target, {"endpoint": f"https://{host}"})[0][0] == "TypeError"
    assert target.requests.empty()
