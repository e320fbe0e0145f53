"""Each program of docs/clients.md against what `make run` starts: `make clients`, outside of CI."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.backstage import Backstage
from tests.e2e.product import ROOT, Product

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^### (.+?)\n\n(.*?)\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDER = ROOT / "artefacts" / "clients"
VENV = FOLDER / "venv"
START_SECONDS = 120  # npx installs a runtime, and Go compiles


@dataclass(frozen=True)
class Recipe:
    """One program of the page, what it needs, and one command that runs it."""

    name: str
    install: str
    command: str
    program: str

    @property
    def folder(self) -> Path:
        return FOLDER / re.sub(r"\W+", "-", self.name).lower()

    @property
    def packages(self) -> list[str]:
        return self.install.split()[2:]


def recipes() -> list[Recipe]:
    """The recipes of the page, one for each command that it names."""
    found = []
    for name, text, program in SECTION.findall(PAGE):
        [install] = re.findall(r"Install with `(.+?)`", text) or [""]
        commands = re.findall(r"`(.+?)`", text.partition("Run ")[2].replace("\n", " "))
        found += [Recipe(name, install, command, program) for command in commands]
    return found


RECIPES = recipes()
each = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.name}: {recipe.command}")


@pytest.fixture(scope="session")
def _packages() -> None:
    """All packages of PyPI and npm that the page names, installed into artefacts/clients."""
    installs = {
        tool: [one for r in RECIPES if r.install.startswith(tool) for one in r.packages] for tool in ("pip", "npm")
    }
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([VENV / "bin" / "pip", "install", "--quiet", *installs["pip"]], check=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", FOLDER, *installs["npm"]], check=True)


@pytest.fixture
def program(recipe: Recipe, _packages: None) -> Recipe:
    """The recipe, with its program on the disk. Skips a recipe whose Debian packages are not installed."""
    if recipe.install.startswith("apt-get"):
        known = subprocess.run(["dpkg-query", "--show", *recipe.packages], capture_output=True, text=True, check=False)
        if known.returncode:
            pytest.skip(recipe.install)
    recipe.folder.mkdir(exist_ok=True)
    (recipe.folder / recipe.command.split()[-1]).write_text(recipe.program, encoding="utf-8")
    return recipe


@asynccontextmanager
async def running(recipe: Recipe, product: Product, token: str) -> AsyncIterator[Process]:
    """The program in a process of its own, which ends with the block."""
    path = f"{VENV / 'bin'}:{FOLDER / 'node_modules' / '.bin'}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_shell(
        f"exec env {recipe.command}",
        cwd=recipe.folder,
        env={**os.environ, "PATH": path, "URL": f"ws://localhost:{product.port}/ws/upload-progress", "TOKEN": token},
        stdin=PIPE,  # wscat ends with its input
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(process: Process, pattern: str, printed: list[str]) -> None:
    """Reads the output until a line fits the pattern."""
    assert process.stdout
    async with asyncio.timeout(START_SECONDS):
        while line := (await process.stdout.readline()).decode():
            printed.append(line)
            if re.search(pattern, line):
                return
    pytest.fail(f"no {pattern} in\n{''.join(printed)}")


async def token_of(product: Product, user: str) -> str:
    url = f"http://localhost:{product.port}/_emulator/identity/token"
    async with aiohttp.ClientSession() as http, http.post(url, json={"user": user}) as answer:
        return str((await answer.json())["token"])


@each
async def test_it_watches_until_it_is_disconnected(
    recipe: Recipe, program: Recipe, product: Product, backstage: Backstage
) -> None:
    user = recipe.folder.name + str(RECIPES.index(recipe))
    printed: list[str] = []
    async with running(program, product, await token_of(product, user)) as process:
        await until(process, "snapshot", printed)
        await backstage.push(user, "film", bytesUploaded=40)
        await until(process, "status|progress", printed)
        await backstage.disconnect(user)
        await until(process, "disconnect", printed)
        async with asyncio.timeout(30):
            await process.communicate()


@each
async def test_a_refused_token_is_told(recipe: Recipe, program: Recipe, product: Product) -> None:
    printed: list[str] = []
    async with running(program, product, "not.a.token") as process:
        await until(process, r"refused$|\b401\b", printed)  # not every library tells the status
        async with asyncio.timeout(30):
            await process.communicate()
