"""Which stage the suite talks to: the one that the environment names, else an emulator of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_emulator import Emulator
from tests.conformance.stage import Stage

TEMPLATE = Path(__file__).parent / "deployment" / "template.yaml"
API_KEY = "a-key-of-the-conformance-suite"


@dataclass(frozen=True)
class Lifetimes:
    """How long a stage keeps a connection, in seconds."""

    idle: float
    age: float


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    given = _given()
    if given is not None:
        yield given
        return
    with _emulator() as stage:
        yield stage


@pytest.fixture(scope="session")
def short_lived() -> Iterator[tuple[Stage, Lifetimes]]:
    """A stage whose connections end while a test waits: minutes and hours in AWS, seconds in an emulator."""
    given = _given()
    if given is None:
        limits = Lifetimes(idle=1.5, age=4)
        with _emulator("--idle-timeout", str(limits.idle), "--max-age", str(limits.age)) as stage:
            yield stage, limits
    elif os.environ.get("CONFORMANCE_LONG") == "1":
        yield given, Lifetimes(idle=600, age=7200)
    else:
        pytest.skip("takes up to two hours in AWS: ask for it with LONG=1")


@pytest.fixture
def bare(stage: Stage) -> str:
    return _other(stage.bare, "BARE")


@pytest.fixture
def guarded(stage: Stage) -> str:
    return _other(stage.guarded, "GUARDED")


@pytest.fixture
def signed(stage: Stage) -> str:
    return _other(stage.signed, "SIGNED")


def _other(url: str, name: str) -> str:
    if not url:
        pytest.skip(f"{name}=wss://… is not given")
    return url


def _given() -> Stage | None:
    """What `make conformance TARGET=… ENDPOINT=…` passes on."""
    read = {name: os.environ.get(f"CONFORMANCE_{name}", "").rstrip("/") for name in _NAMES}
    if not read["TARGET"]:
        return None
    if not read["ENDPOINT"]:
        raise pytest.UsageError("TARGET needs ENDPOINT, the https:// URL of the same stage")
    urls = {name.lower(): read[name] for name in ("TARGET", "ENDPOINT", "BARE", "GUARDED", "SIGNED", "API_KEY")}
    in_aws = "amazonaws" in read["ENDPOINT"]
    return Stage(**urls, patience=float(read["PATIENCE"] or 30), in_aws=in_aws)


_NAMES = ("TARGET", "ENDPOINT", "BARE", "GUARDED", "SIGNED", "API_KEY", "PATIENCE")


@contextmanager
def _emulator(*arguments: str) -> Iterator[Stage]:
    with Emulator(TEMPLATE, parameters={"ApiKey": API_KEY}, arguments=arguments) as emulator:
        base = emulator.http_url.removeprefix("http://")
        others = {name: f"ws://{base}/{name.capitalize()}/live" for name in ("bare", "guarded", "signed")}
        yield Stage(
            f"ws://{base}/Main/live", f"http://{base}/Main/live", **others, api_key=API_KEY, patience=10, in_aws=False
        )
