"""An execution environment gets events only while its process lives."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from local_emulator.deployment import Function
from local_emulator.runtimes.execution_environment import ExecutionEnvironment

FUNCTION = Function("Say", "say", "arn:say", "app.say", "python3.13", Path("/code"))


class Requests:
    """An owner that counts the requests for an event."""

    def __init__(self) -> None:
        self.count = 0

    def initialised(self, environment: ExecutionEnvironment, error: dict[str, Any] | None, place: str | None) -> None:
        pass

    def free(self, environment: ExecutionEnvironment) -> None:
        self.count += 1

    def ended(self, environment: ExecutionEnvironment) -> None:
        pass

    def loaded(self, environment: ExecutionEnvironment, files: list[str], shared: list[str], models: list[str]) -> None:
        pass

    def printed(self, line: str) -> None:
        pass

    def terminal(self, environment: ExecutionEnvironment, taken: bool) -> None:
        pass


@pytest.fixture
def requests() -> Requests:
    return Requests()


@pytest_asyncio.fixture
async def environment(requests: Requests) -> AsyncIterator[ExecutionEnvironment]:
    environment = ExecutionEnvironment(FUNCTION, requests)
    yield environment
    environment.close()


async def test_a_request_for_an_event_that_arrives_after_the_kill_gets_none(
    environment: ExecutionEnvironment, requests: Requests
) -> None:
    environment.asked()
    assert requests.count == 1
    environment.kill()
    environment.asked()
    assert requests.count == 1
