"""Plugin of pytest: the fixture `apigw_emulator`, reset for each test, and reports that show what happened in it.

Every run of pytest imports this module where the distribution is installed, so it imports nothing of the emulator.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from local_emulator.control.emulator import Emulator


@dataclass(frozen=True)
class Watched:
    """The emulator of a test, and and the ends of its records and of its output before the test."""

    emulator: Emulator
    record: int
    printed: int


HINT = "Options: --apigw-template; settings: apigw_template, apigw_parameters, apigw_arguments."
WATCHED = pytest.StashKey[Watched]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option and the settings of the fixture."""
    group = parser.getgroup("apigw-emulator", "emulator of API Gateway's WebSocket APIs")
    group.addoption("--apigw-template", metavar="PATH", help="template of the fixture apigw_emulator")
    parser.addini("apigw_template", "template of the fixture apigw_emulator, relative to the root folder")
    parser.addini("apigw_parameters", "parameters of the template, NAME=VALUE a line", type="linelist")
    parser.addini("apigw_arguments", "more options of apigw-emulator", type="args")


@pytest.fixture(scope="session")
def apigw_emulator_options(pytestconfig: pytest.Config) -> dict[str, Any]:
    """The keyword arguments of `local_emulator.Emulator`; a conftest.py can override this fixture."""
    parameters = [line.partition("=") for line in pytestconfig.getini("apigw_parameters")]
    options: dict[str, Any] = {
        "folder": pytestconfig.rootpath,
        "parameters": {name.strip(): value.strip() for name, _, value in parameters},
        "arguments": pytestconfig.getini("apigw_arguments"),
    }
    if named := pytestconfig.getoption("apigw_template"):
        options["template"] = pytestconfig.invocation_params.dir / named
    elif named := pytestconfig.getini("apigw_template"):
        options["template"] = pytestconfig.rootpath / named
    return options


@pytest.fixture(scope="session")
def apigw_emulator_session(apigw_emulator_options: dict[str, Any]) -> Iterator[Emulator]:
    """The emulator of all tests of this process. Its state is that of the test before."""
    from local_emulator.control.emulator import Emulator
    from local_emulator.control.errors import EmulatorStartError

    emulator = Emulator(**apigw_emulator_options)
    try:
        emulator.start()
    except EmulatorStartError as problem:
        pytest.fail(f"{problem}\n{HINT}", pytrace=False)
    yield emulator
    emulator.stop()


@pytest.fixture
def apigw_emulator(apigw_emulator_session: Emulator, request: pytest.FixtureRequest) -> Emulator:
    """An emulator without rows, messages, connections and faults of earlier tests."""
    emulator = apigw_emulator_session
    emulator.reset()
    request.node.stash[WATCHED] = Watched(emulator, emulator.last_record, emulator.output_bytes)
    return emulator


@pytest.hookimpl(hookwrapper=True)  # the newer `wrapper` is unknown to pytest before 8
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Adds frames, calls and logs of the emulator to the report of a failed test."""
    report = (yield).get_result()
    watched = item.stash.get(WATCHED, None)
    if report.failed and watched is not None:
        from local_emulator.pytest_plugin.sections import sections

        report.sections += sections(watched.emulator, watched.record, watched.printed)
