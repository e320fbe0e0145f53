"""The whole product in real processes, and a real browser in front of it."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, FilePayload, Page

from tests.clients.chromium import launched

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
START_SECONDS = 60


class Product:
    """Emulator and upload server, as `make run` starts them, on ports that outlive a restart."""

    def __init__(self) -> None:
        self.port, self.aws_port, self.page_port = free_ports(3)
        self.page_url = f"http://localhost:{self.page_port}"
        self._process: Process | None = None
        self._said: asyncio.Task[bytes] | None = None

    async def start(self) -> None:
        """Start everything; it is served when this returns."""
        ports = ("--port", self.port, "--aws-port", self.aws_port, "--page-port", self.page_port)
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


@pytest.fixture
async def product() -> AsyncIterator[Product]:
    product = Product()
    try:
        await product.start()
        yield product
    finally:
        await product.stop()


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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


class Tab:
    """A tab of one user, which remembers what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def open(self, product: Product, user: str) -> None:
        await self.page.goto(f"{product.page_url}/?user={user}")
        await self.is_("Live")

    async def is_(self, state: str) -> None:
        """Wait until the page says that its connection is in this state."""
        await self.page.locator("#connection").get_by_text(state, exact=True).wait_for(timeout=60_000)

    async def choose(self, name: str, size: int) -> None:
        """Choose one file of `size` bytes for upload."""
        file = FilePayload(name=name, mimeType="application/octet-stream", buffer=bytes(size))
        await self.page.set_input_files("#files", file)

    async def percent(self, name: str) -> int:
        """What the bar of this file shows now; waits for the bar itself."""
        value = await self.page.get_by_role("progressbar", name=name).get_attribute("aria-valuenow")
        return int(value or 0)

    async def reaches(self, name: str, least: int) -> int:
        """Wait until the bar of this file shows at least `least` percent."""
        async with asyncio.timeout(60):
            while (now := await self.percent(name)) < least:
                await asyncio.sleep(0.05)
        return now

    async def keep(self, name: str) -> None:
        """Keep a screenshot as an artefact, once the bars have glided to their places."""
        ARTEFACTS.mkdir(exist_ok=True)
        await asyncio.sleep(0.5)
        await self.page.screenshot(path=ARTEFACTS / f"{name}.png")


@pytest.fixture
async def tabs(browser: Browser) -> list[Tab]:
    """Three tabs of one browser."""
    context = await browser.new_context(viewport={"width": 960, "height": 720})
    return [Tab(await context.new_page()) for _ in range(3)]
