"""Our functions on moto's tables, behind a simulated gateway: one clock, clients, interruptions, faults."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers import bootstrap, connect, default, disconnect, push, sweep
from infra.dynamodb.due_index import ShardUnreadError
from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb
from testing import gateway_events
from testing.aws_environment import AUDIENCE, ISSUER, aws_environment, read_our_template
from testing.dynamodb_engine import clear_tables, stored_items
from testing.provider import SigningKey, jwks_server
from tests.properties.life.gateway import Frame, Gateway, Invocation, Line, State

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
MINUTE = 60_000
TOKEN_SECONDS = 3600
QUIET_MS = 100_000  # then a client of the browser library asks whether anybody is there
KEY = SigningKey("ES256", "k1")
KEY_PREFIX = "AKIDRUN"  # of the access key of each run
KICK = "kick"  # a push that disconnects
# As they are, unwatched: testing/role_check.py could not tell which of two that interrupt each other makes a call.
FUNCTIONS = {
    "connect": connect.handler,
    "default": default.handler,
    "disconnect": disconnect.handler,
    "push": push.handler,
    KICK: push.handler,
    "sweep": sweep.handler,
}
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
TABLE = "local-ConnectionsTable"


class SweepDiedError(BaseException):
    """The function ended here, as one does that runs out of time or memory."""


class Simulation:
    """Time, functions, gateway, clients. `violations` says which rules were broken, and how."""

    def __init__(self) -> None:
        self.now = NOON
        self.violations: list[str] = []
        self.fails: Callable[[str], bool] = lambda operation: False
        self.gateway = Gateway(self._signer, self._before_call, lambda: self.now)
        self._running: list[Invocation] = []
        self._interruption: tuple[int, Callable[[], None] | None] = (0, None)
        self._all_answer = False
        self._numbers = count(1)

    def reset(self) -> None:
        """Another life in the same tables."""
        self.now, self.violations, self.fails = NOON, [], lambda operation: False
        self._all_answer = False
        for held in (self.gateway.lines, self.gateway.disconnects, self.gateway.inbox):
            held.clear()  # type: ignore[attr-defined]
        clear_tables(read_our_template())

    def rows(self) -> dict[str, Mapping[str, Any]]:
        """The Connections table as it is, by connection id."""
        items = stored_items(read_our_template(), TABLE)
        return {item["connectionId"].value: item for item in items if "connectedAt" in item}

    def lines(self, user_id: str | None = None) -> list[Line]:
        return [line for line in self.gateway.lines.values() if user_id in (None, line.user_id)]

    def live(self) -> set[str]:
        return {line.connection_id for line in self.lines() if line.is_live}

    def pass_time(self, ms: int) -> None:
        self.now += ms
        self.gateway.end_the_old()

    def open(self, user_id: str, *, expires_in: int = TOKEN_SECONDS, attentive: bool = True) -> Line:
        """A handshake that the authorizer let pass; it fails if `$connect` does."""
        expires_at = self.now + expires_in * 1000
        line = Line(user_id, f"C{next(self._numbers)}=", self.now, expires_at, attentive, last_traffic=self.now)
        self.gateway.lines[line.connection_id] = line
        answer = self.invoke("connect", self._told(gateway_events.connect(user_id, line.connection_id), line))
        line.state = State.OPEN if answer == {"statusCode": 200, "headers": {}} else State.ENDED
        self._settle()
        return line

    def say(self, line: Line, action: str, **more: Any) -> None:
        """A client's message, half a second after whatever was before."""
        self.now += 500
        if line.is_live:
            line.last_traffic, line.said = self.now, {"action": action, **more}
            event = gateway_events.message(line.user_id, line.connection_id, json.dumps(line.said))
            self.invoke("default", self._told(event, line))
            self._settle()

    def refresh(self, line: Line, seconds: int = TOKEN_SECONDS, subject: str | None = None) -> None:
        """A later token for the same connection; with another subject, somebody else's."""
        claims = {"sub": subject or line.user_id, "exp": self.now // 1000 + seconds}
        self.say(line, "refresh", token=KEY.token(iss=ISSUER, aud=AUDIENCE, iat=None, **claims))

    def end(self, line: Line, *, half_open: bool = False) -> None:
        """The client goes; the gateway notices, or not."""
        if half_open:
            line.half_open = True
        else:
            self.gateway.end(line)

    def stop_reading(self, line: Line) -> None:
        """From now on the client takes nothing, so it may be closed for what it does not hear."""
        line.stopped = line.excused = True

    def disconnect(self, line: Line) -> None:
        """The gateway's `$disconnect`, when it comes at all."""
        self.gateway.disconnects.remove(line)
        self.invoke("disconnect", gateway_events.disconnect(line.user_id, line.connection_id))

    def push(self, user_id: str) -> Any:
        done = {"status": "uploading", "bytesUploaded": self.now - NOON}
        answer = self.invoke("push", {"userId": user_id, "uploadId": f"of-{user_id}", "rev": self.now, **done})
        self._settle()
        return answer

    def kick(self, user_id: str) -> None:
        """Close every connection of a user, by the same function as a push."""
        self.invoke(KICK, {"disconnect": {"userId": user_id, "reason": "revoked"}})
        self._settle()

    def lose_row(self, line: Line) -> None:
        bootstrap.connections().remove(line.user_id, line.connection_id)

    def sweep(self) -> None:
        """One whole sweep, if anything is due: one that finds nothing changes nothing."""
        due = {int(row["dueShard"].value) for row in self.rows().values() if int(row["dueAt"].value) <= self.now}
        for shard in sorted(due):
            self.invoke("sweep", {"shard": shard})
            self._settle()

    def converge(self, minutes: int) -> None:
        """Sweep by sweep, with clients that do what the browser library does, and no more `$disconnect`."""
        self.gateway.disconnects.clear()
        self._all_answer = True
        for _ in range(minutes):
            self.pass_time(MINUTE)
            for line in self.lines():
                if line.is_live and not line.stopped and self.now - line.last_traffic >= QUIET_MS:
                    self.say(line, "ping")
            self.sweep()

    def interrupt_next(self, at: int, act: Callable[[], None]) -> None:
        """Let something happen just before the `at`-th call to a neighbour of the next function that runs."""
        self._interruption = at, act

    @property
    def is_to_be_interrupted(self) -> bool:
        return self._interruption[0] > 0

    @property
    def is_running(self) -> bool:
        return bool(self._running)

    def die(self) -> None:
        """The function that is running ends here, as one does that runs out of time or memory."""
        self._running[-1].is_dead = True

    def throttle(self) -> None:
        """DynamoDB refuses the next call of the function that is running, even after its retries."""
        self.fails = self._once

    def _once(self, operation: str) -> bool:
        self.fails = lambda operation: False
        return True

    def invoke(self, function: str, event: Any) -> Any:
        """Run a function; None if it fails, as the gateway and the scheduler would see it."""
        with self._invocation(function):
            return FUNCTIONS[function](event, self)
        return None

    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:push"

    def get_remaining_time_in_millis(self) -> int:
        """A simulation is the Lambda context of its functions; they have all the time there is."""
        return 55_000

    @contextmanager
    def _invocation(self, function: str) -> Iterator[None]:
        barred = frozenset(name for name, row in self.rows().items() if self._is_barred(row))
        self._running.append(Invocation(function, next(self._numbers), barred, *self._interruption))
        self._interruption = (0, None)
        with suppress(SweepDiedError, ClientError, ShardUnreadError), pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", f"{KEY_PREFIX}{self._running[-1].number}")
            try:
                yield
            finally:
                self._running.pop()

    def _signer(self, key_id: str) -> Invocation:
        number = int(key_id.removeprefix(KEY_PREFIX))
        return next(one for one in self._running if one.number == number)

    def _is_barred(self, row: Mapping[str, Any]) -> bool:
        return "closing" in row or int(row["tokenExpiresAt"].value) <= self.now

    def _before_call(self, running: Invocation) -> None:
        running.calls += 1
        if running.interruption and running.interrupted_at == running.calls:
            running.interruption()

    def before_dynamodb(self, model: Any, **_: Any) -> None:
        if not self._running:
            return
        self._before_call(self._running[-1])
        if self._running[-1].is_dead:
            raise SweepDiedError
        if self.fails(model.name):
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    def _settle(self) -> None:
        """Clients hear what they were sent, and the attentive ones answer; in the midst of a function nobody does."""
        while self.gateway.inbox and not self._running:
            line, frame = self.gateway.inbox.pop(0)
            self._judge(line, frame)
            if (line.attentive or self._all_answer) and not line.goodbyes:
                self._react(line, frame)

    def _react(self, line: Line, frame: Frame) -> None:
        match frame.message.get("reason", frame.type):
            case "ping":
                self.say(line, "pong")
            case "idle":
                self.say(line, "keepalive")
            case "token_expiring":
                self.refresh(line)
            case "error" if frame.message["temporary"]:
                self.now += frame.message.get("retryAfterMs", 0)
                self.say(line, **line.said)

    def _judge(self, line: Line, frame: Frame) -> None:
        """Nothing reaches the wrong user, nor anybody who is not to be reached any more."""
        barred = frame.sender.function == "push" and line.connection_id in frame.sender.barred
        rules = {
            "is another user's": whose(frame.message) <= {line.user_id},
            "is another connection's": frame.message.get("connectionId", line.connection_id) == line.connection_id,
            "was pushed although the connection was closing or expired": not barred,
            "came after the end was announced": not line.was_over_for(frame),
        }
        self.violations += [f"{frame} {what}: {line}" for what, holds in rules.items() if not holds]

    def _told(self, event: dict[str, Any], line: Line) -> dict[str, Any]:
        """With the times of the simulation in what the gateway tells of a connection."""
        context = event["requestContext"]
        context["connectedAt"] = line.connected_at
        context["authorizer"]["tokenExpiresAt"] = str(line.token_expires_at)
        return event


def whose(message: dict[str, Any]) -> set[str]:
    """The users that a message speaks of."""
    uploads = [message["upload"]] if "upload" in message else message.get("uploads", [])
    channels = {message["channel"].split("/")[2]} if "channel" in message else set()
    return channels | {upload["uploadId"].removeprefix("of-") for upload in uploads}


@contextmanager
def simulated(**variables: str) -> Iterator[Simulation]:
    """The functions with these variables, the other limits at their defaults, and few registers of what was heard."""
    simulation = Simulation()
    few = {"MESSAGES_BURST": "2", "MESSAGES_PER_10_SECONDS": "100"}  # a long UpdateExpression is moto's greatest labour
    with ExitStack() as stack:
        stack.callback(simulation.gateway.stop)
        provider = stack.enter_context(jwks_server())
        provider.publish(KEY.jwk())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        _set_up(patch, simulation)
        fast = FastDynamoDb()
        fast.install()
        stack.callback(fast.remove)
        variables = few | {"JWKS_URL": provider.url} | variables
        # Functions run in the midst of each other here, so that no call could be put down to one of them.
        stack.enter_context(aws_environment(read_our_template(), simulation.gateway, check_roles=False, **variables))
        bootstrap._dynamodb().meta.events.register("before-call.dynamodb", simulation.before_dynamodb)
        yield simulation


def _set_up(patch: pytest.MonkeyPatch, simulation: Simulation) -> None:
    """One clock for all functions; sweeps do one thing after the other, so that a history can be repeated."""
    for name, module in list(sys.modules.items()):
        if name.startswith("handlers.") and hasattr(module, "now_ms"):
            patch.setattr(module, "now_ms", lambda: simulation.now)
    patch.setattr("application.sweep.WORKERS", 1)
    patch.setattr("handlers.sweep.POSTS_PER_SECOND", 1e9)
    patch.setattr("domain.connection.MAX_FLOOD_ERRORS", 1)
    patch.setattr("infra.gateway.sender.retry_policy.BASE_SECONDS", 0.0)
    patch.setattr(logging.getLogger("upload_progress"), "disabled", True)
