"""An emulator in this process on any template, and small templates made on the spot."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp

from local_emulator.activity_log import Journal
from local_emulator.emulator import EmulatorServer
from local_emulator.settings import Settings
from testing.running import free_port
from tests.integration.local_emulator.conftest import Running, unchanged_environment


class Emulated(Running):
    """An emulator and who talks to it."""

    async def say(self, path: str, text: str, **more: Any) -> str:
        """Connect, send one message, answer the first that comes back, and leave."""
        connection = await self.connect(path, **more)
        await connection.send_str(text)
        answer: str = (await connection.receive(timeout=20)).data
        await connection.close()
        return answer

    async def invoke(self, function: str, payload: Any = None) -> Any:
        url = f"{self.base}/2015-03-31/functions/{function}/invocations"
        async with self.http.post(url, json=payload) as answer:
            return await answer.json()


@asynccontextmanager
async def emulating(template: Path, **settings: Any) -> AsyncIterator[Emulated]:
    """Run it, and leave this process's environment as it was."""
    printed = StringIO()
    chosen = replace(Settings(template=template, port=free_port(), aws_port=free_port()), **settings)
    emulator = EmulatorServer(chosen, Journal(printed))
    with unchanged_environment():
        await emulator.start()
        try:
            async with aiohttp.ClientSession() as http:
                yield Emulated(chosen, http, printed)
        finally:
            await emulator.stop()


def write(folder: Path, **files: str) -> Path:
    """Write Python files, named without their suffix; `a__b` is the file b in the folder a."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return folder


def write_template(folder: Path, **functions: str) -> Path:
    """A template of functions, each given by its properties in one line, and an API that leads to the first."""
    declared = "".join(
        f"  {name}: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.13, {properties}}}}}\n"
        for name, properties in functions.items()
    )
    template = folder / "template.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Api:\n"
        "    Type: AWS::Serverless::WebSocketApi\n"
        "    Properties:\n"
        "      StageName: dev\n"
        "      RouteSelectionExpression: $request.body.action\n"
        f"      Routes: {{$default: {{FunctionArn: !GetAtt {next(iter(functions))}.Arn}}}}\n" + declared
    )
    return template
