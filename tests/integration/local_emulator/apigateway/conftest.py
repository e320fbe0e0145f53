"""One emulator for all tests of a module that ask for the same template and limits: each start takes a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.conftest import Running, started

Emulators = dict[tuple[Path, GatewayLimits], tuple[Running, AsyncExitStack]]


@pytest.fixture(scope="module")
async def emulators() -> AsyncIterator[Emulators]:
    emulators: Emulators = {}
    yield emulators
    for _, stack in emulators.values():
        await stack.aclose()


@pytest.fixture
async def running(
    emulators: Emulators, limits: GatewayLimits, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    if (template, limits) not in emulators:
        stack = AsyncExitStack()
        running = await stack.enter_async_context(started(template, limits, tmp_path_factory.mktemp("emulator")))
        emulators[template, limits] = running, stack
    running, stack = emulators[template, limits]
    yield running
    if not await running.reset():
        del emulators[template, limits]
        await stack.aclose()
