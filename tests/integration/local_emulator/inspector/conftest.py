"""An emulator on somebody else's application, and what its inspector says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from testing.chromium import launched
from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.inspector.desk import Desk

BOARD = Path(__file__).parent / "board" / "template.yaml"


class Inspected:
    """The interfaces of one inspector."""

    def __init__(self, running: Running) -> None:
        self.running = running

    async def ask(self, path: str, status: int = 200, method: str = "GET", **more: Any) -> Any:
        """What is answered to a call below /_emulator/."""
        async with self.running.http.request(method, f"{self.running.base}/_emulator/{path}", **more) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            assert answer.status == status, body
            return body

    async def rows(self, **selection: str) -> list[dict[str, Any]]:
        """The records that fit, newest first."""
        found: list[dict[str, Any]] = (await self.ask("records", params=selection))["rows"]
        return found

    async def until_row(self, **selection: str) -> dict[str, Any]:
        """The newest record that fits, once there is one."""
        for _ in range(200):
            if rows := await self.rows(**selection):
                return rows[0]
        raise AssertionError(f"nothing fits {selection}")


@pytest.fixture
def template() -> Path:
    return BOARD


@pytest.fixture
async def inspected(running: Running) -> Inspected:
    return Inspected(running)


@pytest.fixture
async def desk(inspected: Inspected) -> AsyncIterator[Desk]:
    async with launched() as browser:
        desk = Desk(await browser.new_page(viewport={"width": 1440, "height": 900}), inspected.running)
        yield desk
        assert desk.complaints == []
