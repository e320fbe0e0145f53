"""Handshakes of programs that send their own address as Origin, through the emulator, at both addresses of the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testing.running import System, running_system
from tests.e2e.pentest.target import Target


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system("--parameter", "EnableCloudFront=false") as started:
        yield started


@pytest.fixture(params=["/ws/upload-progress", "/prod"])
def target(system: System, request: pytest.FixtureRequest) -> Target:
    return Target(f"ws://localhost:{system.port}{request.param}", "", "https://app.example.com", system.token)


def test_the_address_that_a_program_dials_is_no_foreign_page(target: Target, system: System) -> None:
    assert target.status(target.token("alice"), f"http://localhost:{system.port}") == 101


def test_another_port_of_this_machine_and_another_name_are_foreign(target: Target, system: System) -> None:
    token = target.token("alice")

    assert target.status(token, f"http://localhost:{system.port + 1}") == 403
    assert target.status(token, f"http://127.0.0.1:{system.port}") == 403
