"""Whatever happens at the socket: each send is accounted for exactly once, and told as it was."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.gateway.sender.engine import Engine
from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.retry_policy import MAX_TRIES, MAX_UNANSWERED_TRIES
from infra.gateway.sender.timeouts import Timeouts
from testing.scripted_gateway import OK, GatewayRequest, Reply, playing, status
from tests.integration.infra.gateway.sender.conftest import post

# A reply, and the status that a client may take from it; None if it cannot know one.
FAULTS: dict[str, tuple[Reply, int | None]] = {
    "delivered": (Reply(), 200),
    "gone": (Reply(status(410, "x-amzn-ErrorType: GoneException")), 410),
    "gone, without a type": (Reply(status(410)), 410),
    "forbidden": (Reply(status(403)), 403),
    "too large": (Reply(status(413)), 413),
    "throttled": (Reply(status(429)), 429),
    "throttled for a while": (Reply(status(429, "Retry-After: 0")), 429),
    "failed": (Reply(status(500)), 500),
    "unavailable, closing": (Reply(status(503, "Connection: close"), end="close"), 503),
    "delivered, closing": (Reply(status(200, "Connection: close"), end="close"), 200),
    "delivered, closing without a word": (Reply(OK, end="close"), 200),
    "delivered, and garbage": (Reply(OK + b"garbage"), 200),
    "delivered, cut short": (Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", end="reset"), 200),
    "delivered, in pieces": (Reply(OK, piece=7, each=0.001), 200),
    "closed": (Reply(b"", end="close"), None),
    "reset": (Reply(b"", end="reset"), None),
    "half an answer": (Reply(OK[:15], end="reset"), None),
    "garbage": (Reply(b"\0\1\2"), None),
}
FINAL = {200, 403, 410, 413}
PLANS = st.lists(st.lists(st.sampled_from(sorted(FAULTS)), max_size=6), min_size=1, max_size=24)


@dataclass
class Played:
    """The plan of each connection, taken from the front; what has none is delivered. `told`: the statuses sent."""

    plans: dict[str, list[str]]
    told: dict[str, list[int | None]] = field(default_factory=dict)

    def __call__(self, request: GatewayRequest) -> Reply:
        plan = self.plans[request.connection_id]
        reply, known = FAULTS[plan.pop(0) if plan else "delivered"]
        self.told.setdefault(request.connection_id, []).append(known)
        return reply


@settings(max_examples=40)
@given(plans=PLANS, links=st.integers(1, 8))
def test_every_outcome_is_the_last_thing_that_was_told(plans: list[list[str]], links: int) -> None:
    played = Played({f"{number}=": plan for number, plan in enumerate(plans)})
    ids = list(played.plans)
    with playing(played) as gateway:
        timeouts = Timeouts(answer_seconds=20, max_connections=links)
        engine = Engine(gateway.url, "us-east-1", timeouts=timeouts, chance=lambda: 0.02)
        outcomes = post(engine, *ids, within=60)
        engine.stop()

    assert len(outcomes) == len(ids)
    for connection_id, outcome in zip(ids, outcomes, strict=True):
        check(outcome, played.told.get(connection_id, []))


def check(outcome: Outcome, told: list[int | None]) -> None:
    """A status is the last that was told; a failure stands for a last try that was told nothing."""
    if isinstance(outcome, NoResponse):
        assert outcome is NoResponse.LOST and told[-1] is None
    else:
        assert outcome == told[-1]
        assert outcome in FINAL or len(told) >= MAX_TRIES
    assert not FINAL & {*told[:-1]}, "nothing is sent again once it is settled"
    assert len(told) <= MAX_TRIES + 1, "one more for a link that turned out dead"
    assert sum(one is None for one in told) <= MAX_UNANSWERED_TRIES + 3


@settings(max_examples=15)
@given(plans=PLANS, within=st.floats(0.0, 0.15))
def test_a_call_without_enough_time_accounts_for_all_the_same(plans: list[list[str]], within: float) -> None:
    played = Played({f"{number}=": plan for number, plan in enumerate(plans)})
    with playing(played) as gateway:
        engine = Engine(gateway.url, "us-east-1", timeouts=Timeouts(max_connections=4), chance=lambda: 0.02)
        outcomes = post(engine, *played.plans, within=within)
        engine.stop()

    for connection_id, outcome in zip(played.plans, outcomes, strict=True):
        told = played.told.get(connection_id, [])
        assert isinstance(outcome, NoResponse) or outcome in told
