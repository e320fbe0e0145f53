"""API Gateway as it is known to behave, under the clock of a simulation: the truth that the table must agree with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from testing.stub_management import StubManagement

IDLE_MS = 600_000  # API Gateway quotas: idle connection time-out, and connection duration
LONGEST_MS = 7_200_000


class State(Enum):
    HANDSHAKE = "handshake"  # `$connect` has not answered: whoever sends to it hears 410
    OPEN = "open"
    ENDED = "ended"


@dataclass
class Invocation:
    """One run of a function. `barred` are the connections that it must not send to, if it is a push.

    `interruption` is called just before its `interrupted_at`-th call to DynamoDB or to the gateway.
    """

    function: str
    number: int
    barred: frozenset[str] = frozenset()
    interrupted_at: int = 0
    interruption: Callable[[], None] | None = None
    calls: int = 0
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One message that the gateway took for a connection, and who sent it."""

    at: int
    sender: Invocation
    message: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.message["type"])


@dataclass
class Line:
    """One connection as the gateway knows it, and the client at its other end.

    A half-open one is open for the gateway, but its client is gone. A client that stopped reading says what the history
    lets it say, and takes nothing more: the gateway's buffer for it is full. An attentive client answers what it is
    sent; the others say only what the history lets them say. An excused one may end for a fault that is not ours.
    """

    user_id: str
    connection_id: str
    connected_at: int
    token_expires_at: int
    attentive: bool = True
    state: State = State.HANDSHAKE
    half_open: bool = False
    stopped: bool = False
    deleted: bool = False
    last_traffic: int = 0
    said: dict[str, Any] = field(default_factory=dict)
    excused: bool = False
    frames: list[Frame] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN

    @property
    def is_live(self) -> bool:
        return self.is_open and not self.half_open

    @property
    def goodbyes(self) -> list[Frame]:
        return [frame for frame in self.frames if frame.type == "disconnect"]

    def was_over_for(self, frame: Frame) -> bool:
        """Whether whoever sent a frame began after somebody who had announced the end before that."""
        before = [one for one in self.frames[: self.frames.index(frame)] if one.type == "disconnect"]
        return frame.type != "disconnect" and any(one.sender.number < frame.sender.number for one in before)


class Gateway(StubManagement):
    """Its management API stands on a real port; `disconnects` are the `$disconnect` events that are yet to come."""

    def __init__(
        self, sender: Callable[[str], Invocation], before: Callable[[Invocation], None], clock: Callable[[], int]
    ) -> None:
        """`sender` gives the run of a function by its access key; `before` is called before each of its calls.

        A function posts several messages at once, and another may run between two of them: the key tells whose each is.
        """
        super().__init__()
        self.lines: dict[str, Line] = {}
        self.disconnects: list[Line] = []
        self.inbox: list[tuple[Line, Frame]] = []
        self.refusals = 0  # how many of the next posts are not taken
        self._sender = sender
        self._before = before
        self._clock = clock

    def end(self, line: Line) -> None:
        if line.is_open:
            line.state = State.ENDED
            self.disconnects.append(line)

    def end_the_old(self) -> None:
        """Close what carried nothing for ten minutes, and what has reached two hours."""
        now = self._clock()
        for line in self.lines.values():
            if now - line.connected_at >= LONGEST_MS or now - line.last_traffic >= IDLE_MS:
                self.end(line)

    def _take(self, method: str, connection_id: str, body: bytes) -> int:
        sender, line = self._sender(self.signer.key_id), self.lines.get(connection_id)
        self._before(sender)
        if sender.is_dead:
            return 403  # whatever a dead function was about to send never left it
        if line is None or not line.is_open:
            return 410
        if method == "DELETE":
            line.deleted = True
            self.end(line)
            return 204
        if line.stopped:
            return 429
        if self.refusals:
            self.refusals -= 1
            return 403
        line.last_traffic = self._clock()
        frame = Frame(self._clock(), sender, json.loads(body))
        self.judge(frame.message)
        line.frames.append(frame)
        if not line.half_open:
            self.inbox.append((line, frame))
        return 200
