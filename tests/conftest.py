"""The world that tests stand in: the template's tables in moto, its environment, a management API on a real port."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path

import aiohttp
import pytest
from hypothesis import settings
from moto import mock_aws

from infra import bootstrap
from local_emulator.atomic_writes import make_writes_atomic
from local_emulator.deployment import Deployment
from local_emulator.resources import create_resources
from local_emulator.template import read_template
from tests.stub_management import StubManagement
from tests.witness import Witness, witness_of

# Machines are shared: how long an example takes says nothing. The same code meets the same examples, so that a change
# is judged by what it changes; new ones are for `make fuzz`, `make histories` and nights.
settings.register_profile("same", deadline=None, derandomize=True)
# For a night: pytest --hypothesis-profile=thorough
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("same")

ROOT = Path(__file__).parent.parent
ISSUER = "https://id.example.com/"
AUDIENCE = "upload-progress"
PARAMETERS = {
    "JwtIssuer": ISSUER,
    "JwtAudience": AUDIENCE,
    "JwksUrl": "http://127.0.0.1:9/jwks.json",
    "AllowedOrigins": "https://app.example.com",
}


@cache
def read_our_template() -> Deployment:
    return read_template(ROOT / "template.yaml", PARAMETERS)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def deployment() -> Deployment:
    return read_our_template()


@pytest.fixture
def management() -> Iterator[StubManagement]:
    """A management API on a real port that remembers what it was sent and answers as told."""
    stub = StubManagement()
    yield stub
    stub.stop()


@pytest.fixture
def world(deployment: Deployment, management: StubManagement) -> Iterator[None]:
    """What a function finds in AWS: its variables, its tables and its role. Each test has its own."""
    with world_of(deployment, management):
        yield


@contextmanager
def world_of(
    deployment: Deployment, management: StubManagement, *, witnessed: bool = True, **variables: str
) -> Iterator[Witness | None]:
    """The template's tables and variables, with some of the latter changed, and every call held against its role.

    Gives the witness of the calls, if there is one.
    """
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for function in deployment.functions.values():
            for name, value in {**function.environment, **variables}.items():
                patch.setenv(name, value)
        patch.setenv("AWS_DEFAULT_REGION", deployment.region)
        patch.setenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", management.url)
        make_writes_atomic()
        create_resources(deployment)
        forget_adapters()
        with witness_of(deployment, management) if witnessed else nullcontext() as witness:
            yield witness
    forget_adapters()


def forget_adapters() -> None:
    """Adapters live as long as their process; in tests, as long as their world."""
    for built in vars(bootstrap).values():
        if hasattr(built, "cache_clear"):
            built.cache_clear()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where everything is installed, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FAIL_ON_SKIP") and reporter and reporter.stats.get("skipped") and not exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
