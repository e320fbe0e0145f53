"""Handlers in any language reach `https://{domainName}/{stage}`, the address in their events, by any client."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from local_emulator.runtimes.api_hosts import ApiHosts, upstream
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import SIGNED
from tests.integration.local_emulator.emulating import emulating, write

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {CodeUri: ., Timeout: 20, MemorySize: 512}}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.action
      Routes:
        python: {FunctionArn: !GetAtt Python.Arn}
        node: {FunctionArn: !GetAtt Node.Arn}
        shell: {FunctionArn: !GetAtt Shell.Arn}
  Python: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: app.say}}
  Node: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x, Handler: index.handler}}
  Shell: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, Handler: x}}
"""
PYTHON = f"""
    import asyncio, json

    SIGNED = {SIGNED!r}

    def say(event, context):
        request = event["requestContext"]
        url = f"https://{{request['domainName']}}/{{request['stage']}}/@connections/{{request['connectionId']}}"
        globals()[json.loads(event["body"])["by"]](url)
        return {{"statusCode": 200}}

    def requests(url):
        import requests
        requests.post(url, data="requests", headers=SIGNED).raise_for_status()

    def urllib(url):
        import urllib.request
        urllib.request.urlopen(urllib.request.Request(url, b"urllib", SIGNED)).close()

    def urllib3(url):
        import urllib3
        assert urllib3.PoolManager().request("POST", url, body=b"urllib3", headers=SIGNED).status == 200

    def http_client(url):
        import http.client
        host, path = url.removeprefix("https://").split("/", 1)
        connection = http.client.HTTPSConnection(host)
        connection.request("POST", "/" + path, b"http_client", SIGNED)
        assert connection.getresponse().status == 200

    def httpx(url):
        import httpx
        httpx.post(url, content="httpx", headers=SIGNED).raise_for_status()

    def httpx_async(url):
        async def post():
            import httpx
            async with httpx.AsyncClient() as client:
                (await client.post(url, content="httpx_async", headers=SIGNED)).raise_for_status()
        asyncio.run(post())

    def aiohttp(url):
        async def post():
            import aiohttp
            async with aiohttp.ClientSession() as session, session.post(url, data=b"aiohttp", headers=SIGNED) as answer:
                answer.raise_for_status()
        asyncio.run(post())

    def websockets(url):
        from websockets.sync.client import connect
        body = json.dumps({{"action": "python", "by": "urllib"}})
        with connect(url.partition("/@")[0].replace("https", "wss")) as connection:
            connection.send(body)
            assert connection.recv(10) == "urllib"
        requests(url)
"""
NODE = """
    import https from 'node:https';
    const signed = SIGNED;
    export const handler = async (event) => {
      const {domainName, stage, connectionId} = event.requestContext;
      const url = `https://${domainName}/${stage}/@connections/${encodeURIComponent(connectionId)}`;
      const {by} = JSON.parse(event.body);
      const init = {method: 'POST', headers: signed};
      const ways = {
        fetch: async () => (await fetch(url, {...init, body: by})).status,
        region: async () => (await fetch(url.replace('us-east-1', 'eu-west-1'), {...init, body: by})).status,
        https: () => new Promise((resolve, reject) => {
          const request = https.request(url, init, (answer) => resolve(answer.resume().statusCode));
          request.on('error', reject).end(by);
        }),
      };
      if (await ways[by]() !== 200) throw new Error(by);
      return {statusCode: 200};
    };
"""
# A program in a language that the emulator does not know: all it has is the environment.
SHELL = """#!/bin/sh
base="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
of() { printf '%s' "$event" | sed "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/"; }
while true; do
    response=$(curl -sS -i "$base/next" | tr -d '\\r')
    id=$(printf '%s\\n' "$response" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
    event=$(printf '%s\\n' "$response" | tail -n 1)
    curl -sSf "https://$(of domainName)/$(of stage)/@connections/$(of connectionId)" -d curl HEADERS
    curl -sS "$base/$id/response" -d '{"statusCode": 200}' > /dev/null
done
"""
BY = {
    "python": ["requests", "urllib", "urllib3", "http_client", "httpx", "httpx_async", "aiohttp"],
    "node": ["fetch", "https", "region"],
    "shell": ["curl"],
}


def _written(folder: Path) -> Path:
    template = write(folder, app=PYTHON) / "template.yaml"
    template.write_text(TEMPLATE)
    (folder / "index.mjs").write_text(NODE.replace("SIGNED", str(SIGNED)))
    headers = " ".join(f"-H '{name}: {value}'" for name, value in SIGNED.items())
    (folder / "bootstrap").write_text(SHELL.replace("HEADERS", headers))
    (folder / "bootstrap").chmod(0o755)
    return template


@pytest.mark.node
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
async def test_handlers_of_any_language_post_to_the_address_in_their_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "local_emulator.runtimes.plans.emulator_packages", lambda folders: {}
    )  # requests came with the emulator
    # Of this machine; neither may lead past the emulator.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", ".amazonaws.com")
    async with emulating(_written(tmp_path)) as emulated:
        connection = await emulated.connect("/dev")
        for language, ways in BY.items():
            for way in ways:
                await connection.send_json({"action": language, "by": way})
                assert await connection.receive_str(timeout=20) == way, emulated.lines
        await connection.close()


async def test_a_function_opens_a_connection_of_its_own_to_the_address_in_its_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_emulator.runtimes.plans.emulator_packages", lambda folders: {})
    async with emulating(_written(tmp_path)) as emulated:
        assert await emulated.say("/dev", '{"action": "python", "by": "websockets"}') == "requests"


async def test_the_files_of_trusted_authorities_end_with_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pem"
    own.write_text("of this machine\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(own))
    hosts = ApiHosts(read_template(_written(tmp_path)))
    tls = await hosts.start()

    for file in (tls.bundle, tls.extra):
        assert file.read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert file.read_text().endswith("-----END CERTIFICATE-----\nof this machine\n")
    await hosts.stop()
    assert not os.path.exists(tls.bundle)


def test_the_proxy_that_the_machine_needs_is_asked_for_other_hosts() -> None:
    assert upstream({}) is None
    assert upstream({"HTTPS_PROXY": "proxy:3128"}) == ("http://proxy:3128", "")
    assert upstream({"https_proxy": "http://a", "ALL_PROXY": "http://b", "NO_PROXY": "c"}) == ("http://a", "c")
