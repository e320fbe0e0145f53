"""Our handlers and adapters in a small world: a clock that tests move, a gateway, clients that do as ours do.

What clients experience is judged here, whatever happens to them: see `judge`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from domain.connection import HANDSHAKE_MS, PONG_WAIT_MS, Limits
from domain.protocol import DISCONNECTS, REVOKED
from handlers import connect, default, disconnect, event, push, sweep
from infra import bootstrap
from tests.adapter_faults import AdapterFaults, Died, Fault
from tests.stub_gateway import GatewayConnection, StubGateway

START = 1_772_366_400_000
MINUTE = 60_000
TABLE, UPLOADS = "local-ConnectionsTable", "local-UploadsTable"
KEY = ("userId", "connectionId")
PUSHED = ("progress", "status")


class Clock:
    """Epoch milliseconds that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """The one place where handlers learn the time."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(event, "time", SimpleNamespace(time=lambda: self.now / 1000))
            yield


class Context:
    """What Lambda gives a function."""

    function_name = "SweepFunction"
    aws_request_id = "8f7d"

    def get_remaining_time_in_millis(self) -> int:
        return 55_000


@dataclass
class Page:
    """A client and what it knows for certain: what it did was taken, or it would have been told otherwise."""

    connection: GatewayConnection
    expires_at: int
    seen_at: int
    active_at: int
    page_id: str | None = None
    messages: list[int] = field(default_factory=list)
    malformed: list[int] = field(default_factory=list)
    foreign_token: bool = False
    kicked: bool = False
    row_lost: bool = False
    read: int = 0

    @property
    def id(self) -> str:
        return self.connection.connection_id

    @property
    def user_id(self) -> str:
        return self.connection.user_id

    @property
    def farewells(self) -> list[tuple[int, dict[str, Any]]]:
        """What it was told of its end, and when."""
        return [(at, message) for at, message in self.connection.heard if message["type"] == "disconnect"]


class Simulation:
    """Pages of users, opened and closed and used at will, with at most one fault for each thing that happens."""

    def __init__(self, clock: Clock, gateway: StubGateway, faults: AdapterFaults, limits: Limits) -> None:
        self.clock = clock
        self.gateway = gateway
        self.faults = faults
        self.limits = limits
        self.pages: dict[str, Page] = {}
        self.token: Callable[[str, int], str] = lambda user, expires_at: f"{user} {expires_at}"
        self._numbers = itertools.count()
        self._dynamodb = boto3.client("dynamodb")
        self._nested = False

    # What happens in the world

    def connect(
        self, user_id: str, lives_ms: int, *, loses_disconnect: bool = False, during: Callable[[], None] = lambda: None
    ) -> Page | None:
        """A handshake; `during` happens when `$connect` has been answered and the client does not have its 101 yet."""
        now, number = self.clock.now, next(self._numbers)
        expires_at = now + lives_ms
        authorizer = {"principalId": user_id, "userId": user_id, "tokenExpiresAt": str(expires_at)}
        made = GatewayConnection(f"C{number:03}=", user_id, now, authorizer, loses_disconnect=loses_disconnect)
        self.gateway.begin(made)
        try:
            answer = connect.handler(self._event(made, "CONNECT") | {"headers": {}}, Context())
        except (Exception, Died):
            return None  # the gateway answers 500, and there never was a connection
        assert answer["statusCode"] == 200
        during()
        self.gateway.open(made)
        self.pages[made.connection_id] = Page(made, expires_at, now, now)
        return self.pages[made.connection_id]

    def say(self, page: Page, body: str, *, active: bool) -> None:
        """One message of a page; what is certain of it is only what no fault came across."""
        faults, now = self.faults.happened, self.clock.now
        page.connection.spoke_at = now
        page.messages.append(now)
        try:
            assert default.handler(self._event(page.connection, "MESSAGE") | {"body": body}, Context())
        except Died:
            return
        if self.faults.happened == faults and page.connection.lives and not page.farewells:
            page.seen_at = now
            page.active_at = now if active else page.active_at
            assert page.id in self.rows(), "a live connection has no row"

    def act(self, page: Page, action: str, **fields: Any) -> None:
        self.say(page, json.dumps({"action": action, **fields}), active=action not in ("ping", "pong"))

    def talk_nonsense(self, page: Page) -> None:
        page.malformed.append(self.clock.now)
        self.say(page, "nonsense", active=False)

    def refresh(self, page: Page, user_id: str, expires_at: int) -> None:
        page.foreign_token |= user_id != page.user_id
        self.act(page, "refresh", token=self.token(user_id, expires_at))

    def push(self, user_id: str, upload: str, rev: int) -> None:
        """Nothing may reach a connection that was closing or expired when the push began."""
        out_of_bounds = {
            key: len(self.gateway.connections[key].heard)
            for key, row in self.rows().items()
            if "closing" in row or int(row["tokenExpiresAt"]["N"]) <= self.clock.now
        }
        update = {"userId": user_id, "uploadId": f"{user_id}/{upload}", "status": "uploading", "rev": rev}
        try:
            push.handler(update, Context())
        except (Exception, Died):
            assert self.faults.happened
        for key, heard in out_of_bounds.items():
            later = self.gateway.connections[key].heard[heard:]
            assert not [message for _, message in later if message["type"] in PUSHED], f"{key} was closing or expired"

    def sweep(self) -> None:
        try:
            sweep.handler({}, Context())
        except (Exception, Died):
            assert self.faults.happened

    def kick(self, user_id: str) -> None:
        """Every connection of a user is closed: logout, ban."""
        for page in self.pages.values():
            page.kicked |= page.user_id == user_id
        try:
            for one in bootstrap.connections().of_user(user_id, self.clock.now):
                bootstrap.closing().close(one, REVOKED, self.clock.now)
        except (Exception, Died):
            assert self.faults.happened

    def lose_row(self, page: Page) -> None:
        page.row_lost = True
        key = {"userId": {"S": page.user_id}, "connectionId": {"S": page.id}}
        self._dynamodb.delete_item(TableName=TABLE, Key=key)

    def pass_time(self, milliseconds: int) -> None:
        """The gateway has limits of its own, and DynamoDB's TTL comes round."""
        self.clock.now += milliseconds
        self.gateway.cut_what_is_over()
        self.react()
        for row in self.rows().values():
            if int(row["expiresAt"]["N"]) * 1000 < self.clock.now:
                self._dynamodb.delete_item(TableName=TABLE, Key={name: row[name] for name in KEY})

    def with_fault(self, fault: Fault | None, between: Callable[[str], None], happens: Callable[[], Any]) -> Any:
        """Let something happen with a fault in it, and then let the world react."""
        crowds = {user: len(self.rows_of(user)) for user in {page.user_id for page in self.pages.values()}}
        before = {key: "closing" in row for key, row in self.rows().items()}
        self.faults.arm(fault, between)
        try:
            result = happens()
        finally:
            self.faults.disarm()
        self.react()
        self._judge_evictions(crowds, before)
        return result

    def react(self) -> None:
        """The gateway reports ends; clients answer pings, as a library does without being asked."""
        while True:
            for one in self.gateway.take_ends():
                disconnect.handler(self._event(one, "DISCONNECT"), Context())
            pinged = [page for page in self.pages.values() if self._was_pinged(page)]
            if not pinged:
                return
            self.clock.now += 50
            for page in pinged:
                self.act(page, "pong")

    # What is to be seen of it

    def rows(self) -> dict[str, Any]:
        return {row["connectionId"]["S"]: row for row in self._dynamodb.scan(TableName=TABLE)["Items"]}

    def rows_of(self, user_id: str) -> list[str]:
        return [key for key, row in self.rows().items() if row["userId"]["S"] == user_id]

    def live_pages(self) -> list[Page]:
        return [page for page in self.pages.values() if page.connection.lives]

    def forget_everything(self) -> None:
        for table, keys in ((TABLE, KEY), (UPLOADS, ("userId", "uploadId"))):
            for row in self._dynamodb.scan(TableName=table)["Items"]:
                self._dynamodb.delete_item(TableName=table, Key={name: row[name] for name in keys})
        self.gateway.connections.clear()
        self.gateway.take_ends()
        self.gateway.calls.clear()
        self.pages.clear()
        self.faults.happened, self.clock.now = 0, START
        self._numbers = itertools.count()

    # What must be true of everything that a client experiences

    def judge(self) -> None:
        for page in self.pages.values():
            for _, message in page.connection.heard:
                channel = message.get("channel", f"/user/{page.user_id}/upload-progress")
                assert channel == f"/user/{page.user_id}/upload-progress", "a frame of another user"
            told = page.farewells
            if page.connection.ended_by == "server" and not page.connection.half_open:
                assert told, f"{page.id} was closed without a word"
            assert len({message["code"] for _, message in told}) <= 1, f"{page.id} was told {told}"
            assert len(told) <= 1 or self.faults.happened, f"{page.id} was told twice"
            if told:
                at, message = told[0]
                assert message["code"] == DISCONNECTS[message["reason"]].code
                assert REASONS[message["reason"]](self, page, at), f"{page.id} was told {message} at {at - START}"

    def converge(self) -> None:
        """Used connections stay; when the heartbeats have run out, everybody else is gone from the table."""
        for minute in range(8):
            for page in self.live_pages() if minute % 2 == 0 else ():
                self.act(page, "keepalive")
            self.pass_time(MINUTE)
            self.with_fault(None, lambda name: None, self.sweep)
        live = {page.id for page in self.live_pages()}
        assert self.rows().keys() == live
        forgotten = {page.id for page in self.pages.values() if page.connection.half_open and page.row_lost}
        assert {key for key, one in self.gateway.connections.items() if one.is_open} - forgotten == live
        for row in self.rows().values():
            assert "closing" not in row
            assert len(self.rows_of(row["userId"]["S"])) <= self.limits.max_connections_per_user

    def _event(self, connection: GatewayConnection, kind: str) -> dict[str, Any]:
        context = {
            "connectionId": connection.connection_id,
            "requestId": "PJqB0E1tKRcF-Qw=",
            "connectedAt": connection.connected_at,
            "eventType": kind,
            "authorizer": connection.authorizer,
        }
        return {"requestContext": context, "isBase64Encoded": False}

    def _was_pinged(self, page: Page) -> bool:
        unread = page.connection.heard[page.read :]
        page.read = len(page.connection.heard)
        for _, message in unread:
            if message["type"] == "refreshed":
                page.expires_at = self._parsed(message["tokenExpiresAt"])
        return page.connection.lives and any(message["type"] == "ping" for _, message in unread)

    @staticmethod
    def _parsed(text: str) -> int:
        from datetime import datetime

        return round(datetime.fromisoformat(text).timestamp() * 1000)

    def _judge_evictions(self, crowds: dict[str, int], before: dict[str, bool]) -> None:
        """Nobody gives way for a cap that is not reached."""
        for page in self.pages.values():
            limited = [m for _, m in page.connection.heard if m.get("reason") == "connection_limit"]
            if limited and before.get(page.id) is False:
                assert crowds[page.user_id] >= self.limits.max_connections_per_user


def _was_idle(sim: Simulation, page: Page, at: int) -> bool:
    return at >= page.active_at + sim.limits.idle_timeout_seconds * 1000


def _was_quiet(sim: Simulation, page: Page, at: int) -> bool:
    return at >= page.seen_at + sim.limits.heartbeat_seconds * 1000 + 2 * PONG_WAIT_MS


def _was_replaced(sim: Simulation, page: Page, at: int) -> bool:
    mine = (page.connection.connected_at, page.id)
    return any(
        other.page_id is not None
        and (other.page_id, other.user_id) == (page.page_id, page.user_id)
        and (other.connection.connected_at, other.id) > mine
        for other in sim.pages.values()
    )


def _flooded(sim: Simulation, page: Page, at: int) -> bool:
    return sum(at - sim.limits.burst_refill_ms < one <= at for one in page.messages) > sim.limits.messages_burst


def _talked_nonsense(sim: Simulation, page: Page, at: int) -> bool:
    return sum(at - MINUTE < one <= at for one in page.malformed) >= 3


REASONS: dict[str, Callable[[Simulation, Page, int], bool]] = {
    "idle_timeout": _was_idle,
    "no_pong": _was_quiet,
    "token_expired": lambda sim, page, at: at >= page.expires_at,
    "max_duration": lambda sim, page, at: at >= page.connection.connected_at + sim.limits.max_connection_seconds * 1000,
    "connection_limit": lambda sim, page, at: at >= page.connection.connected_at + HANDSHAKE_MS,
    "replaced": _was_replaced,
    "forbidden": lambda sim, page, at: page.foreign_token,
    "revoked": lambda sim, page, at: page.kicked,
    "unknown_connection": lambda sim, page, at: page.row_lost,
    "rate_limited": _flooded,
    "bad_request": _talked_nonsense,
}
