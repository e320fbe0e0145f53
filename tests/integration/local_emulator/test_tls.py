"""`--tls`: wss:// and https:// beside plain HTTP, on the same port."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import aiohttp
import pytest

from local_emulator.activity_log import Journal
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.emulator import EmulatorServer
from local_emulator.settings import Settings
from local_emulator.web.listen import ListenError
from tests.integration.local_emulator.emulating import write, write_template

CODE = """
import json, boto3
def handler(event, context):
    context = event["requestContext"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{context['domainName']}/{context['stage']}")
    client.post_to_connection(ConnectionId=context["connectionId"], Data=b"posted")
    return {"statusCode": 200}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    write(tmp_path / "code", app=CODE)
    return write_template(tmp_path, Fn="CodeUri: code, Handler: app.handler, Timeout: 20")


@pytest.fixture
async def emulator(template: Path, restored: None) -> AsyncIterator[EmulatorServer]:
    limits = replace(GatewayLimits(), request_head_seconds=1)
    emulator = EmulatorServer(
        Settings(template=template, port=0, aws_port=0, tls=True, limits=limits), Journal(StringIO())
    )
    await emulator.start()
    yield emulator
    await emulator.stop()


async def test_wss_and_ws_are_served_on_one_port_and_functions_reach_both(emulator: EmulatorServer) -> None:
    assert emulator.tls is not None and emulator.tls.authority_file is not None
    trusted = ssl.create_default_context(cafile=str(emulator.tls.authority_file))
    port = emulator.settings.port
    async with aiohttp.ClientSession() as http:
        for url in (f"wss://localhost:{port}/dev", f"wss://127.0.0.1:{port}/dev", f"ws://localhost:{port}/dev"):
            async with http.ws_connect(url, ssl=trusted) as connection:
                await connection.send_str("{}")
                assert (await connection.receive(timeout=20)).data == "posted"
                await connection.send_str("x" * 40_000)
                assert (await connection.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        origin = {"Origin": f"https://localhost:{port}"}
        async with http.get(f"https://localhost:{port}/_emulator/health", ssl=trusted, headers=origin) as answer:
            assert json.loads(await answer.text())["status"] == "ok"
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(f"https://localhost:{port}/_emulator/health")


async def test_a_client_that_sends_nothing_is_closed(emulator: EmulatorServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.settings.port)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


def test_a_certificate_that_cannot_be_read_is_refused(template: Path) -> None:
    settings = Settings(template=template, port=0, aws_port=0, tls=True, tls_cert=template)
    with pytest.raises(ListenError, match="--tls-cert"):
        EmulatorServer(settings, Journal(StringIO()))
