"""The whole product in real processes, as `make run` starts it."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class Product:
    """Emulator and upload server, on ports that outlive a restart."""

    def __init__(self) -> None:
        self.port, self.aws_port, self.page_port = free_ports(3)
        self.page_url = f"http://localhost:{self.page_port}"
        self._process: Process | None = None
        self._said: asyncio.Task[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start everything; it is served when this returns."""
        ports = ("--port", self.port, "--aws-port", self.aws_port, "--page-port", self.page_port, "--bandwidth-mb", 2)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "examples.run", *map(str, ports)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python" / "src")},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        assert process.stdout is not None
        self._process, self._said = process, asyncio.create_task(process.stdout.read())
        await until_served(f"http://127.0.0.1:{self.page_port}/", self._said)

    async def stop(self) -> None:
        """Stop everything, as Ctrl-C does."""
        assert self._process is not None and self._said is not None
        if self._process.returncode is None:
            self._process.terminate()
        await asyncio.wait_for(self._process.wait(), 20)
        await self._said


async def until_served(url: str, said: "asyncio.Task[bytes]") -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(START_SECONDS):
        while not said.done():
            try:
                async with http.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    pytest.fail(f"the product did not start:\n{said.result().decode()}")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
