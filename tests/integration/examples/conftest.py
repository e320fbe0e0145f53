"""The upload server as a process of its own, between a real S3 (moto) and a stand-in for Lambda and the provider."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).parents[3]
KEYS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "PYTHONPATH": str(ROOT / "clients" / "python" / "src"),
}


class Backend:
    """What the server calls besides S3: PushFunction, and the identity provider."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.provider_status = 200
        self._changed = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/2015-03-31/functions/PushFunction/invocations", self._invoke)
        app.router.add_post("/identity", self._token)
        return app

    async def statuses_until(self, *last: str) -> list[str]:
        """The statuses that were pushed, each once, up to one of `last`."""
        while not self.updates or self.updates[-1]["status"] not in last:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 20)
        return list(dict.fromkeys(update["status"] for update in self.updates))

    async def _invoke(self, request: web.Request) -> web.Response:
        self.updates += json.loads(await request.read())["updates"]
        self._changed.set()
        return web.Response(status=202)

    async def _token(self, request: web.Request) -> web.Response:
        user = (await request.json())["user"]
        return web.json_response({"token": f"token-of-{user}", "expiresInSeconds": 60}, status=self.provider_status)


class Server:
    """A running upload server and a browser's way to talk to it."""

    def __init__(self, process: Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process, self.url, self.http = process, url, http

    async def sign_in(self, user: str) -> dict[str, str]:
        """The headers of a signed-in user."""
        async with self.http.post(f"{self.url}/sign-in", json={"user": user}) as response:
            assert response.status == 200, await response.text()
            return {"Authorization": f"Bearer {(await response.json())['session']}"}

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """The status and the JSON of an answer, None if it has none."""
        async with self.http.request(method, f"{self.url}{path}", **options) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None


@pytest.fixture
async def backend() -> Backend:
    return Backend()


@pytest.fixture
async def backend_url(backend: Backend) -> AsyncIterator[str]:
    server = TestServer(backend.app(), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_url: str) -> Iterator[Any]:
    client = boto3.client(
        "s3", endpoint_url=s3_url, aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1"
    )
    yield client
    client.close()


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
async def start(backend_url: str, s3_url: str) -> AsyncIterator[Start]:
    """Start servers with more options, or with other variables; they end with the test."""
    processes: list[Process] = []
    async with aiohttp.ClientSession() as http:

        async def start(*options: str, **variables: str) -> Server:
            environment = {"AWS_ENDPOINT_URL": s3_url, "AWS_ENDPOINT_URL_LAMBDA": backend_url, **KEYS, **variables}
            process = await run("--port", "0", "--identity-url", f"{backend_url}/identity", *options, **environment)
            processes.append(process)
            return await started(process, http)

        yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def started(process: Process, http: aiohttp.ClientSession) -> Server:
    """Returns the server once it says where it listens."""
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    return Server(process, line.removeprefix("Upload page: ").strip(), http)


async def run(*options: str, **environment: str) -> Process:
    """The server's process, whatever becomes of it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "examples.upload_server",
        *options,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=PIPE,
        stderr=PIPE,
    )
