"""Fixtures of all tests. What they need is imported when they are used, so that tests of pure rules start at once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import aiohttp

    from local_emulator.deployment import Deployment
    from testing.stub_management import StubManagement

# Machines are shared: how long an example takes says nothing. The same code meets the same examples, so that a change
# is judged by what it changes; new ones are for `make fuzz`, `make histories` and nights.
settings.register_profile("same", deadline=None, derandomize=True)
# For `make check`, which people run after every change.
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=20)
# For a night: pytest --hypothesis-profile=thorough
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    """Gives the workers of pytest-xdist one folder of bundles: they inherit the environment of this process."""
    if not hasattr(config, "workerinput"):
        from testing.bundles import folder_of_run

        folder = folder_of_run()
        folder.__enter__()
        config.add_cleanup(lambda: folder.__exit__(None, None, None))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    import aiohttp

    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def deployment() -> Deployment:
    from testing.aws_environment import read_our_template

    return read_our_template()


@pytest.fixture
def management() -> Iterator[StubManagement]:
    """A management API on a real port that remembers what it was sent and answers as told."""
    from testing.stub_management import StubManagement

    stub = StubManagement()
    yield stub
    stub.stop()


@pytest.fixture
def world(deployment: Deployment, management: StubManagement) -> Iterator[None]:
    """What a function finds in AWS: its variables, its tables and its role. Each test has its own."""
    from testing.aws_environment import aws_environment

    with aws_environment(deployment, management):
        yield


@pytest.fixture
def variables(deployment: Deployment, management: StubManagement) -> Iterator[None]:
    """The variables that a function finds in AWS, for tests that touch no table."""
    from testing.aws_environment import variables_of

    with variables_of(deployment, management):
        yield


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FAIL_ON_SKIP") and reporter and reporter.stats.get("skipped") and not exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
