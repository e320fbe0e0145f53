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

    def __init__(self, bandwidth_mb: int = 2) -> None:
        self._bandwidth_mb = bandwidth_mb
        self.port, self.aws_port, self.page_port = free_ports(3)
        self.page_url = f"http://localhost:{self.page_port}"
        self._process: Process | None = None
        self._said: asyncio.Task[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start everything; it is served when this returns."""
        ports = ("--port", self.port, "--aws-port", self.aws_port, "--page-port", self.page_port)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "examples.run", *map(str, ports), "--bandwidth-mb", str(self._bandwidth_mb)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python" / "src")},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        assert process.stdout is not None
        self._process, self._said = process, asyncio.create_task(process.stdout.read())
        await until_served(f"http://127.0.0.1:{self.page_port}/", self._said)

    def resident_bytes(self) -> dict[str, int]:
        """The resident memory of emulator and upload server, by module."""
        assert self._process is not None
        pids = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return dict(_resident(Path("/proc", pid)) for pid in pids)

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


def _resident(process: Path) -> tuple[str, int]:
    """Module and resident memory of `python -m module`."""
    module = (process / "cmdline").read_text().split("\0")[2]
    pages = int((process / "statm").read_text().split()[1])
    return module, pages * os.sysconf("SC_PAGE_SIZE")
