"""Our functions as they are deployed, on moto, behind a simulated gateway, under a clock that the simulation moves."""

from __future__ import annotations

import heapq
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from moto import mock_aws

from benchmarks.simulation.meter import Meter
from handlers import bootstrap, connect, default, disconnect, push, sweep
from local_emulator.aws.resources import create_resources
from local_emulator.deployment import Deployment
from local_emulator.template.reader import read_template
from testing import gateway_events
from testing.aws_environment import AUDIENCE, ISSUER, PARAMETERS, forget_adapters
from testing.provider import SigningKey, jwks_server
from testing.stub_management import StubManagement

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
WAY_MS = 50  # from the server to the client, and from the client to the server
KEY = SigningKey("ES256", "k1")
FUNCTIONS = {"connect": connect, "default": default, "disconnect": disconnect, "push": push, "sweep": sweep}


class Client(Protocol):
    """Whoever holds the other end of a connection."""

    def heard(self, message: dict[str, Any]) -> None: ...

    def closed(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of what happened: `who` is `client`, `server`, `gateway` or `note`; a text is as it was sent."""

    at: int
    who: str
    connection_id: str
    message: dict[str, Any] | str


class World:
    """Time, functions, gateway. `counts` are those of the functions; `meter` those of the tables."""

    def __init__(self, management: StubManagement, meter: Meter) -> None:
        self.now = NOON
        self.counts: Counter[str] = Counter()
        self.spoken: list[Spoken] = []
        self.meter = meter
        self._management = management
        self._taken = 0
        self._clients: dict[str, tuple[str, int, Client]] = {}
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._numbers = count(1)

    def after(self, ms: int, run: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + ms, next(self._order), run))

    def pass_time(self, ms: int) -> None:
        """Let so much time pass; what is due at its end still happens."""
        until = self.now + ms
        while self._events and self._events[0][0] <= until:
            self.now, _, run = heapq.heappop(self._events)
            run()
        self.now = until

    def token(self, user_id: str, seconds: int) -> str:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "exp": self.now // 1000 + seconds,
            "iat": None,
        }
        return KEY.token(**claims)

    def new_connection_id(self) -> str:
        return f"C{next(self._numbers)}="

    def open(self, user_id: str, connection_id: str, client: Client, *, expires_in: int, age_ms: int = 0) -> None:
        """A handshake that the authorizer has let pass; with an age, one that began that long ago."""
        self._clients[connection_id] = (user_id, self.now + expires_in * 1000, client)
        self._say("client", connection_id, {"type": "handshake"})
        event = gateway_events.connect(user_id, connection_id, connected_at=self.now - age_ms)
        self._invoke("connect", self._told(event, connection_id))

    def note(self, text: str) -> None:
        """Say in the record what cannot be seen on the wire."""
        self._say("note", "", text)

    def say(self, connection_id: str, message: dict[str, Any] | str) -> None:
        """A client's message, on its way; lost if the connection is gone by then."""
        self.after(WAY_MS, lambda: self._arrive(connection_id, message))

    def push(self, update: dict[str, Any]) -> Any:
        return self._invoke("push", update)

    def push_every(self, seconds: int, user_id: str, minutes: int) -> None:
        """One upload of a user that reports its progress for so long."""
        reports = minutes * 60 // seconds
        for number in range(1, reports + 1):
            done = {"bytesUploaded": number * 1000, "bytesTotal": reports * 1000}
            update = {"userId": user_id, "uploadId": "upload-1", "status": "uploading", **done}
            self.after(number * seconds * 1000, lambda update=update: self.push(update))  # type: ignore[misc]

    def sweep(self) -> None:
        self._invoke("sweep", {})

    def sweep_every_minute(self, minutes: int) -> None:
        for minute in range(1, minutes + 1):
            self.after(60_000 * minute, self.sweep)

    def drop(self, connection_id: str) -> None:
        """The gateway's end of a connection: whoever sends to it gets 410, and `$disconnect` is called."""
        user_id, _, _ = self._clients.pop(connection_id)
        self._management.answers[connection_id] = 410
        self._invoke("disconnect", gateway_events.disconnect(user_id, connection_id))

    def forget(self, connection_id: str) -> None:
        """The same with `$disconnect` lost."""
        del self._clients[connection_id]
        self._management.answers[connection_id] = 410

    def lose_row(self, user_id: str, connection_id: str) -> None:
        bootstrap.connections().remove(user_id, connection_id)

    def rows(self, user_id: str) -> list[str]:
        return [one.connection_id for one in bootstrap.connections().of_user(user_id, self.now)]

    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:push"

    def get_remaining_time_in_millis(self) -> int:
        """A world is the Lambda context of its functions; they have all the time there is."""
        return 55_000

    def _arrive(self, connection_id: str, message: dict[str, Any] | str) -> None:
        if connection_id not in self._clients:
            return
        user_id, _, _ = self._clients[connection_id]
        self._say("client", connection_id, message)
        self.counts["messages_in"] += 1
        event = gateway_events.message(
            user_id, connection_id, message if isinstance(message, str) else json.dumps(message)
        )
        self._invoke("default", self._told(event, connection_id))

    def _told(self, event: dict[str, Any], connection_id: str) -> dict[str, Any]:
        """With the authorizer's context as the simulated clock has it."""
        event["requestContext"]["authorizer"]["tokenExpiresAt"] = str(self._clients[connection_id][1])
        return event

    def _invoke(self, function: str, event: Any) -> Any:
        calls = self.meter.calls
        answer = FUNCTIONS[function].handler(event, self)
        if function == "sweep":
            self.counts.update({f"sweep:{what}": number for what, number in answer.items()})
        self.counts[f"{function}:invocations"] += 1
        self.counts[f"{function}:reads_and_writes"] += self.meter.calls - calls
        self._bring(function)
        return answer

    def _bring(self, function: str) -> None:
        """What the function sent goes to the clients; what it closed is closed."""
        new = self._management.calls[self._taken :]
        self._taken += len(new)
        # A sweep posts a warning and a ping at once, in any order: here the ping comes last, so that runs are alike.
        if function == "sweep":
            new = sorted(new, key=_is_ping)
        for method, connection_id, message in new:
            self.counts[f"{function}:posts"] += 1
            if connection_id not in self._clients:
                continue
            _, _, client = self._clients[connection_id]
            if method == "DELETE":
                self._say("gateway", connection_id, {"type": "closed"})
                self.drop(connection_id)
                client.closed()
            else:
                self.counts["messages_out"] += 1
                self._say("server", connection_id, message)
                self.after(WAY_MS, lambda client=client, message=message: client.heard(message))  # type: ignore[misc]

    def _say(self, who: str, connection_id: str, message: dict[str, Any] | str) -> None:
        self.spoken.append(Spoken(self.now, who, connection_id, message))


def _is_ping(call: tuple[str, str, Any]) -> bool:
    _, _, message = call
    return isinstance(message, dict) and message.get("type") == "ping"


@contextmanager
def simulated_world(**parameters: str) -> Iterator[World]:
    """A world of its own, with these parameters of the template and the defaults for the others."""
    deployment = read_template(TEMPLATE, PARAMETERS | parameters)
    with ExitStack() as stack:
        provider = stack.enter_context(jwks_server())
        provider.publish(KEY.jwk())
        management = StubManagement()
        stack.callback(management.stop)
        stack.enter_context(_environment(deployment, management.url, provider.url))
        stack.enter_context(mock_aws())
        create_resources(deployment)
        forget_adapters()
        stack.callback(forget_adapters)
        meter = Meter(deployment.region)
        meter.attach(bootstrap._dynamodb())
        world = World(management, meter)
        stack.enter_context(_clock(world))
        yield world


@contextmanager
def _environment(deployment: Deployment, management_url: str, jwks_url: str) -> Iterator[None]:
    before = dict(os.environ)
    for function in deployment.functions.values():
        os.environ.update(function.environment)
    os.environ.update(
        AWS_DEFAULT_REGION=deployment.region,
        AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=management_url,
        JWKS_URL=jwks_url,
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _clock(world: World) -> Iterator[None]:
    """Every module of the functions that tells the time tells the world's."""
    modules = [one for name, one in sys.modules.items() if name.startswith("handlers.") and hasattr(one, "now_ms")]
    real = [module.now_ms for module in modules]
    for module in modules:
        module.now_ms = lambda: world.now  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module, now_ms in zip(modules, real, strict=True):
            module.now_ms = now_ms  # type: ignore[attr-defined]
