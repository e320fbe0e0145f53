"""Carries out what a sweep has claimed: sends all messages of a batch, then acts on the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain
from typing import NamedTuple

from application.close_connection import CloseConnection, may_close
from domain.connection import Connection, ConnectionLimits, surplus
from domain.deadlines import Step
from domain.disconnect import CONNECTION_LIMIT, DISCONNECTS, INTERNAL, Disconnect
from domain.protocol import disconnect, encode, ping, warning
from infra.dynamodb.connections import ConnectionStore
from infra.dynamodb.ping_log import PingLog
from infra.gateway.management_api import Delivery, ManagementApi
from infra.rate_limiter import RateLimiter
from infra.telemetry import log_failure

PING = encode(ping())
PINGED, UNPOSTED, CLOSED = "pinged", "unposted", "closed"
MAX_POST_SECONDS = 4.0  # for the posts of a batch; the sweep keeps 10 s for what was begun


class Claim(NamedTuple):
    """A connection that only this sweep acts on, as it was read at `now`, and the step to carry out."""

    connection: Connection
    step: Step
    now: int


class Post(NamedTuple):
    """One message of a sweep. `act` is its word in the counts."""

    claimed: Claim
    act: str
    data: bytes


class SweepActions:
    """Sends at a bounded rate; a failure for one connection does not affect the others."""

    def __init__(
        self,
        connections: ConnectionStore,
        management: ManagementApi,
        closer: CloseConnection,
        notes: PingLog,
        limits: ConnectionLimits,
        pace: RateLimiter,
    ) -> None:
        self._connections = connections
        self._management = management
        self._closer = closer
        self._notes = notes
        self._limits = limits
        self._pace = pace

    def carry_out(self, claimed: Sequence[Claim], note: str, workers: Executor) -> Iterator[str]:
        """Yields a word for each action, for the counts."""
        yield from ("waiting" for one in claimed if one.step.only_waits)
        yield from self._post([post for one in claimed for post in _posts(one)], note, workers)
        trims = [one for one in claimed if one.step.trim]
        yield from chain.from_iterable(workers.map(lambda one: _listed(self._trim(one), one, "trim_failed"), trims))

    def _post(self, posts: Sequence[Post], note: str, workers: Executor) -> Iterator[str]:
        self._pace.wait(len(posts))
        sends = [(one.claimed.connection.connection_id, one.data) for one in posts]
        answers = self._management.send_all(sends, MAX_POST_SECONDS)
        answered = list(zip(posts, answers, strict=True))
        yield from self._note([one for one in answered if one[0].act == PINGED], note)
        yield from chain.from_iterable(
            workers.map(lambda one: _listed(self._follow(*one), one[0].claimed, "act_failed", act=one[0].act), answered)
        )

    def _note(self, pings: Iterable[tuple[Post, Delivery]], note: str) -> Iterator[str]:
        """Records the pings, so that a missing answer counts; yields a word for each.

        A ping that the gateway refused counts too: a client that reads nothing must not stay open because of that.
        """
        tried = [(post.claimed, answer) for post, answer in pings if answer not in (Delivery.GONE, Delivery.UNSENT)]
        if not tried:
            return
        try:
            self._notes.write(note, [one.connection.connection_id for one, _ in tried], tried[0][0].now)
        except Exception:
            log_failure("pings_not_noted", pings=len(tried))
            yield from ("failed" for _ in tried)
        else:
            yield from (UNPOSTED if answer.is_failure else PINGED for _, answer in tried)

    def _follow(self, post: Post, answer: Delivery) -> Iterator[str]:
        connection, now = post.claimed.connection, post.claimed.now
        if post.claimed.step.close:
            self._pace.wait()
            why = _reason_to_close(post.claimed.step)
            ended = may_close(connection, why, answer) and self._closer.end(connection, why, now)
            yield post.act if ended else "unfinished"
        elif answer is Delivery.GONE and not connection.is_in_handshake(now):
            self._closer.remove_gone(connection)
        elif answer is Delivery.DELIVERED and post.act != PINGED:
            yield post.act

    def _trim(self, claimed: Claim) -> Iterator[str]:
        """Closes the connections above the limit of the user; their handshakes have ended."""
        connection, now = claimed.connection, claimed.now
        connections = self._connections.of_user(connection.user_id, now)
        leaving = surplus(connections, None, self._limits.max_connections_per_user, now)
        self._pace.wait(2 * len(leaving))
        for one in self._closer.close_all(leaving, CONNECTION_LIMIT, now):
            yield f"{CLOSED}:{one.closing or CONNECTION_LIMIT.reason}"
        self._connections.record_trimmed(connection)


def _listed(words: Iterator[str], claimed: Claim, event: str, **facts: str) -> list[str]:
    """Returns the words of a generator that acts on a connection; its failure is logged, and is the word "failed"."""
    try:
        return list(words)
    except Exception:
        log_failure(event, connectionId=claimed.connection.connection_id, userId=claimed.connection.user_id, **facts)
        return ["failed"]


def _posts(claimed: Claim) -> Iterator[Post]:
    """Yields the messages of a step; a close has no other, and a ping comes last."""
    step = claimed.step
    if step.close:
        yield Post(claimed, f"{CLOSED}:{step.close}", encode(disconnect(_reason_to_close(step))))
    for reason, closes_at in step.warnings.items():
        yield Post(claimed, f"warned:{reason}", encode(warning(reason, closes_at)))
    if step.ping:
        yield Post(claimed, PINGED, PING)


def _reason_to_close(step: Step) -> Disconnect:
    """Returns the reason of a close; INTERNAL if a newer release marked it with an unknown one."""
    return DISCONNECTS.get(step.close or "", INTERNAL)
