"""Starts an emulator in this process on a template that a test writes, with boto3 clients pointed at it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import boto3
from botocore.config import Config

from local_emulator.activity_log import Journal
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.emulator import EmulatorServer
from local_emulator.settings import Settings
from testing.running import free_port
from tests.integration.local_emulator import shared_state
from tests.integration.local_emulator.shared_state import SharedEvent, SharedList

HEAD = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, CodeUri: ., Timeout: 5}
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties: {StageName: dev, RouteSelectionExpression: $request.body.action, Routes: {$default: {FunctionArn: x}}}
"""

IMPORTS = 'from shared_state import SharedEvent, SharedList\nCALLS = SharedList("calls")\nGO = SharedEvent("go")\n'

# Quick to try again, so that no test has to wait for long.
SHORT = LambdaLimits(retry_delay_seconds=0.05, throttle_delay_seconds=0.05, poll_seconds=2)


class Side:
    """One emulator; `calls` are the events that its handlers saw, `lines` what it printed."""

    def __init__(
        self, emulator: EmulatorServer, settings: Settings, http: aiohttp.ClientSession, out: StringIO
    ) -> None:
        self.emulator = emulator
        self.settings = settings
        self.http = http
        self._out = out
        self.functions = client("lambda", settings.port)
        self.sqs = client("sqs", settings.aws_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def calls(self) -> list[Any]:
        return list(self.shared("calls"))

    @property
    def go(self) -> SharedEvent:
        """What `wait` of the handlers waits for."""
        return SharedEvent("go", self.settings.template.parent)

    def shared(self, name: str) -> SharedList:
        """A list that the handlers have under that name."""
        return SharedList(name, self.settings.template.parent)

    @property
    def lines(self) -> str:
        return self._out.getvalue()

    async def invoke(self, name: str, payload: Any = None, **more: Any) -> Any:
        body = json.dumps(payload if payload is not None else {}).encode()
        return await asyncio.to_thread(lambda: self.functions.invoke(FunctionName=name, Payload=body, **more))

    async def queue_url(self, name: str) -> str:
        answer = await asyncio.to_thread(lambda: self.sqs.list_queues())
        urls = [url for url in answer["QueueUrls"] if name in url]
        assert len(urls) == 1, answer
        return str(urls[0])

    async def send(self, queue: str, *bodies: str, **more: Any) -> None:
        url = await self.queue_url(queue)
        for body in bodies:
            await asyncio.to_thread(self.sqs.send_message, QueueUrl=url, MessageBody=body, **more)

    async def receive(self, queue: str) -> dict[str, Any]:
        """The first message of a queue, waited for."""
        url = await self.queue_url(queue)
        wanted = {"QueueUrl": url, "WaitTimeSeconds": 10, "MessageAttributeNames": ["All"]}
        answer = await asyncio.to_thread(lambda: self.sqs.receive_message(**wanted))
        message: dict[str, Any] = answer["Messages"][0]
        return message

    async def counts(self, queue: str) -> tuple[int, int]:
        """How many messages of a queue can be received, and how many are hidden."""
        url = await self.queue_url(queue)
        wanted = {"QueueUrl": url, "AttributeNames": ["All"]}
        answer = (await asyncio.to_thread(lambda: self.sqs.get_queue_attributes(**wanted)))["Attributes"]
        return int(answer["ApproximateNumberOfMessages"]), int(answer["ApproximateNumberOfMessagesNotVisible"])

    async def until_counts(self, queue: str, visible: int, hidden: int) -> None:
        for _ in range(200):
            if await self.counts(queue) == (visible, hidden):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(await self.counts(queue))


@asynccontextmanager
async def lambda_side(
    folder: Path,
    resources: str,
    code: str,
    limits: LambdaLimits = SHORT,
    schedules: bool = True,
) -> AsyncIterator[Side]:
    """Run `resources` (YAML) whose handlers are in `code`, the module pipeline, which has a list CALLS."""
    (folder / "template.yaml").write_text(HEAD + resources)
    shutil.copy(shared_state.__file__, folder)
    (folder / "pipeline.py").write_text(IMPORTS + code)
    settings = Settings(template=folder / "template.yaml", port=free_port(), aws_port=free_port())
    settings = replace(settings, lambda_limits=limits, schedules=schedules)
    out = StringIO()
    emulator = EmulatorServer(settings, Journal(out))
    await emulator.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Side(emulator, settings, http, out)
    finally:
        await emulator.stop()


async def until(condition: Callable[[], object]) -> None:
    """Wait for what happens soon, if it happens at all."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def client(service: str, port: int) -> Any:
    """A client of boto3 for a port of the emulator."""
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )
