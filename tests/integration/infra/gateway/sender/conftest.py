"""Engines that end with their test, and gateways that play a part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from infra.gateway.credentials import Credentials
from infra.gateway.sender.engine import Engine
from infra.gateway.sender.outcome import Outcome
from infra.gateway.sender.timeouts import Timeouts
from testing.scripted_gateway import Part, ScriptedGateway, playing

KEY = Credentials("AKIDEXAMPLE", "secret", "token")
MakeEngine = Callable[..., Engine]
Play = Callable[[Part], ScriptedGateway]


@pytest.fixture
def engine() -> Iterator[MakeEngine]:
    """Makes engines that pause for no long; what is told of their timeouts is in seconds and links."""
    made: list[Engine] = []

    def make(url: str, roots: str | None = None, **timeouts: float) -> Engine:
        made.append(Engine(url, "us-east-1", roots, Timeouts(**timeouts), lambda: 0.02))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def play() -> Iterator[Play]:
    with ExitStack() as stack:
        yield lambda part: stack.enter_context(playing(part))


def post(engine: Engine, *connection_ids: str, within: float = 10.0) -> list[Outcome]:
    return engine.call("POST", [(one, b'{"type":"ping"}') for one in connection_ids], KEY, within)
