"""A running emulator in this process, with real sockets and a template of handlers that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from yarl import URL

from local_emulator.activity_log import Journal
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.settings import Settings
from testing.running import free_port
from testing.sdk_data import read_once
from tests.integration.local_emulator import shared_state
from tests.integration.local_emulator.shared_state import SharedList

if TYPE_CHECKING:
    from local_emulator.emulator import EmulatorServer

ECHO = Path(__file__).parent / "echo"

read_once()


SIGNED = {
    "X-Amz-Date": "20251118T104031Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20251118/us-east-1/execute-api/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
}


class Running:
    """One emulator and the ways to talk to it; `events` are what its handlers saw, `lines` what it printed."""

    def __init__(
        self, settings: Settings, http: aiohttp.ClientSession, printed: StringIO, emulator: EmulatorServer | None = None
    ) -> None:
        self.settings = settings
        self.http = http
        self._printed = printed
        self._emulator = emulator

    @property
    def emulator(self) -> EmulatorServer:
        assert self._emulator is not None
        return self._emulator

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.shared("events")

    def shared(self, name: str) -> list[Any]:
        """What the handlers have appended to their list of that name."""
        return list(SharedList(name, self.settings.template.parent))

    @property
    def lines(self) -> str:
        return self._printed.getvalue()

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["requestContext"]["eventType"] == kind]

    @property
    def connection_id(self) -> str:
        """The connection that was opened last."""
        connected = self.of_kind("CONNECT")
        return str(connected[-1]["requestContext"]["connectionId"])

    async def connect(self, path: str = "/dev", **more: Any) -> aiohttp.ClientWebSocketResponse:
        return await self.http.ws_connect(self.base + path, **more)

    async def refused(self, path: str = "/dev", **more: Any) -> int:
        """The status of a handshake that is refused."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await self.connect(path, **more)
        return refusal.value.status

    async def status(self, method: str, path: str, **more: Any) -> int:
        """The status of a call that carries a well-formed signature."""
        async with self.http.request(method, URL(self.base + path, encoded=True), headers=SIGNED, **more) as answer:
            return answer.status

    async def status_unsigned(self, method: str, path: str) -> int:
        async with self.http.request(method, URL(self.base + path, encoded=True)) as answer:
            return answer.status

    @property
    def is_idle(self) -> bool:
        """True once every connection is closed and the gateway's last call, `$disconnect` say, has ended."""
        code = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
        works = any("/local_emulator/apigateway/" in one.co_filename for one in code if one and not _is_test(one))
        return not works and not self.emulator.open_connections

    async def reset(self) -> bool:
        """Forgets what a test did. Returns False if the gateway is still at work for it."""
        for connection in self.emulator._connections:
            connection.framing.abort()
        with contextlib.suppress(AssertionError):
            await until(lambda: self.is_idle, tries=200)
        self.emulator._faults.clear_all()
        for file in self.settings.template.parent.glob("*.jsonl"):
            file.unlink()
        self._printed.seek(0)
        self._printed.truncate()
        return self.is_idle

    def management(self) -> Any:
        """boto3's own client of the management API, pointed here."""
        import boto3

        return boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{self.base}/dev",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


def _is_test(code: CodeType) -> bool:
    return "/tests/" in code.co_filename


async def until(condition: Callable[[], bool], tries: int = 1000) -> None:
    """Wait for what happens soon, if it happens at all."""
    for _ in range(tries):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def copied(template: Path, folder: Path) -> Path:
    """Copies a template and its code, with what its handlers share with the test; returns its new path."""
    shutil.copytree(template.parent, folder)
    shutil.copy(shared_state.__file__, folder)
    return folder / template.name


@pytest.fixture
def limits() -> GatewayLimits:
    """What a test may override to shorten the gateway's times."""
    return GatewayLimits()


@contextlib.contextmanager
def unchanged_environment() -> Iterator[None]:
    """Undoes what an emulator in this process changes in its environment."""
    environment, path = dict(os.environ), list(sys.path)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path


@contextlib.asynccontextmanager
async def started(template: Path, limits: GatewayLimits, folder: Path) -> AsyncIterator[Running]:
    """Runs an emulator in this process on a copy of the template and its code."""
    # Tests of pure rules in this folder need neither the emulator nor moto.
    from local_emulator.emulator import EmulatorServer

    settings = Settings(template=copied(template, folder / "echo"), port=free_port(), aws_port=free_port())
    settings = replace(settings, limits=limits)
    printed = StringIO()
    emulator = EmulatorServer(settings, Journal(printed))
    await emulator.start()
    async with aiohttp.ClientSession() as http:
        yield Running(settings, http, printed, emulator)
    await emulator.stop()


@pytest.fixture
def template() -> Path:
    """What a test may override to run other routes over the same handlers."""
    return ECHO / "template.yaml"


@pytest.fixture(scope="module", autouse=True)
def environment_of_module() -> Iterator[None]:
    """Leaves no emulator's endpoints in the environment of the modules that follow."""
    with unchanged_environment():
        yield


@pytest.fixture
def restored() -> Iterator[None]:
    with unchanged_environment():
        yield


@pytest.fixture
async def running(limits: GatewayLimits, template: Path, restored: None, tmp_path: Path) -> AsyncIterator[Running]:
    async with started(template, limits, tmp_path) as running:
        yield running
