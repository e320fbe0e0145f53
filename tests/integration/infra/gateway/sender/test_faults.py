"""What may happen to one request at the socket, and what becomes of it."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from infra.gateway.sender.outcome import NoResponse, Outcome
from testing.scripted_gateway import OK, GatewayRequest, Reply, playing, status
from tests.integration.infra.gateway.sender.conftest import MakeEngine, Play, post

HALF = OK[:20]
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

# The first request on the first link meets the reply; whatever comes later is answered well.
SETTLED_AT_ONCE = {
    "closed after the head, before the body": Reply(LONG, end="close"),
    "reset after the head, before the body": Reply(LONG, end="reset"),
    "silent after the head, before the body": Reply(LONG),
    "connection: close": Reply(CLOSING),
    "closed without a word after the answer": Reply(OK, end="close"),
    "HTTP/1.0": Reply(b"HTTP/1.0 200 OK\r\n\r\n", end="close"),
    "chunked": Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    "byte by byte, in time": Reply(OK, piece=1, each=0.001),
    "an answer nobody asked for behind it": Reply(OK + OK),
    "garbage behind it": Reply(OK + b"\0\0\0"),
}
TRIED_AGAIN = {
    "closed before the answer": Reply(b"", end="close"),
    "reset before the answer": Reply(b"", end="reset"),
    "closed in the head": Reply(HALF, end="close"),
    "reset in the head": Reply(HALF, end="reset"),
    "garbage": Reply(b"\x15\x03\x01\x02\x02\x16garbage"),
    "500": Reply(status(500)),
    "503 and closed": Reply(status(503, "Connection: close"), end="close"),
    "429": Reply(status(429)),
    "429 with Retry-After": Reply(status(429, "Retry-After: 0")),
    "408 of an idle link": Reply(status(408, "Connection: close"), end="close"),
}

TOO_LATE = {
    "silence": Reply(b""),
    "silence in the head": Reply(HALF),
    "a head that trickles": Reply(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500, piece=1, each=0.02),
}


@pytest.mark.parametrize("reply", SETTLED_AT_ONCE.values(), ids=SETTLED_AT_ONCE.keys())
def test_a_status_that_was_read_decides_and_the_link_is_kept_only_if_it_can_be(
    engine: MakeEngine, play: Play, reply: Reply
) -> None:
    gateway = play(lambda request: reply if request.link == request.nth == 0 else Reply())
    sender = engine(gateway.url)

    assert post(sender, "A=") == [200]
    assert gateway.tries("A=") == 1
    assert post(sender, "B=") == [200]


@pytest.mark.parametrize(
    ("reply", "answer_seconds"),
    [*((reply, 20.0) for reply in TRIED_AGAIN.values()), *((reply, 0.5) for reply in TOO_LATE.values())],
    ids=[*TRIED_AGAIN, *TOO_LATE],
)
def test_a_request_without_an_answer_or_refused_for_now_is_sent_again(
    engine: MakeEngine, play: Play, reply: Reply, answer_seconds: float
) -> None:
    gateway = play(lambda request: reply if request.link == request.nth == 0 else Reply())

    assert post(engine(gateway.url, answer_seconds=answer_seconds), "A=") == [200]
    assert gateway.tries("A=") == 2


@pytest.mark.parametrize(
    ("reply", "outcome", "tries"),
    [
        (Reply(b"", end="reset"), NoResponse.LOST, 2),
        (Reply(HALF, end="close"), NoResponse.LOST, 2),
        (Reply(b"garbage"), NoResponse.LOST, 2),
        (Reply(b""), NoResponse.TIMED_OUT, 2),
        (Reply(status(503)), 503, 5),
        (Reply(status(429)), 429, 5),
        (Reply(status(413)), 413, 1),
    ],
)
def test_a_fault_that_lasts_is_the_outcome_after_so_many_tries(
    engine: MakeEngine, play: Play, reply: Reply, outcome: Outcome, tries: int
) -> None:
    gateway = play(lambda request: reply if request.connection_id == "bad=" else Reply())

    sender = engine(gateway.url, answer_seconds=0.5)

    assert post(sender, "bad=") == [outcome]
    assert gateway.tries("bad=") == tries
    assert post(sender, "A=", "bad=", "B=") == [200, outcome, 200]


@pytest.mark.parametrize(("full", "tries"), [(1, 2), (5, 2), (15, 5), (20, 5)])
def test_a_client_that_takes_nothing_is_tried_twice_and_an_account_without_requests_five_times(
    engine: MakeEngine, play: Play, full: int, tries: int
) -> None:
    """429 has both meanings; where most of a call is taken, it is the client's."""
    ids = [f"{number}=" for number in range(20)]
    refused, others = set(ids[:full]), set(ids[full:])
    others_came = threading.Event()

    def part(request: GatewayRequest) -> Reply:
        """Refuses once the others were taken: the share of the call that was taken decides about the next try."""
        if request.connection_id in refused:
            others_came.wait(10)
            return Reply(status(429), after=0.2)
        others.discard(request.connection_id)
        if not others:
            others_came.set()
        return Reply()

    if not others:
        others_came.set()
    gateway = play(part)

    assert post(engine(gateway.url), *ids) == [429 if one in refused else 200 for one in ids]
    assert {gateway.tries(one) for one in refused} == {tries}


def test_retry_after_is_waited_out_while_nobody_else_waits(engine: MakeEngine, play: Play) -> None:
    """One link for all: whoever is told to wait must not hold it."""

    def part(request: GatewayRequest) -> Reply:
        first = request.connection_id == "busy=" and gateway.tries("busy=") == 1
        return Reply(status(429, "Retry-After: 1")) if first else Reply()

    gateway = play(part)

    assert set(post(engine(gateway.url, max_connections=1), "busy=", *(f"{number}=" for number in range(50)))) == {200}
    assert gateway.requests[0].connection_id == gateway.requests[-1].connection_id == "busy="


def test_a_retry_after_beyond_the_calls_time_is_not_waited_for(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(status(429, "Retry-After: 3600")))

    assert post(engine(gateway.url), "A=", within=60) == [429]
    assert gateway.tries("A=") == 1


def test_links_that_the_gateway_closed_while_idle_are_opened_anew(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(after=0.01))
    sender = engine(gateway.url, max_connections=4)
    ids = [f"{number}=" for number in range(12)]
    assert set(post(sender, *ids)) == {200}

    gateway.close_links()

    assert set(post(sender, *ids)) == {200}
    assert len(gateway.requests) == 24


def test_a_link_that_turns_out_dead_costs_a_send_no_try(engine: MakeEngine, play: Play) -> None:
    """The gateway closes it in the moment in which it is used: five refusals are tried out all the same."""

    def part(request: GatewayRequest) -> Reply:
        if request.connection_id == "A=":
            return Reply()
        return Reply(b"", end="reset") if request.link == 0 else Reply(status(503))

    gateway = play(part)
    sender = engine(gateway.url)
    assert post(sender, "A=") == [200]

    assert post(sender, "B=") == [503]
    assert gateway.tries("B=") == 6


def test_when_one_idle_link_turns_out_dead_the_others_are_not_tried(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(after=0.05) if request.nth == 0 else Reply(b"", end="reset"))
    sender = engine(gateway.url)
    assert set(post(sender, *(f"{number}=" for number in range(6)))) == {200}

    assert post(sender, "A=") == [200]
    assert gateway.tries("A=") == 2


def test_dead_links_are_an_excuse_once_for_each_send(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(b"", end="reset") if request.connection_id == "bad=" else Reply(after=0.002))
    others = [f"{number}=" for number in range(200)]

    outcomes = post(engine(gateway.url, max_connections=8), *others[:100], "bad=", *others[100:])

    assert (outcomes.pop(100), set(outcomes)) == (NoResponse.LOST, {200})
    assert gateway.tries("bad=") <= 3


def test_a_link_that_is_to_be_closed_is_not_used_again(engine: MakeEngine, play: Play) -> None:
    """Whether or not the gateway then closes it."""
    gateway = play(lambda request: Reply(CLOSING))
    sender = engine(gateway.url)

    assert post(sender, "A=") == post(sender, "B=") == [200]
    assert [request.link for request in gateway.requests] == [0, 1]


def test_an_old_link_is_not_trusted(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply())
    sender = engine(gateway.url, idle_seconds=0.0)

    assert post(sender, "A=") == post(sender, "B=") == [200]
    assert gateway.links == 2


def test_a_gateway_that_is_not_there_is_unreachable_for_all_at_once(engine: MakeEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sender = engine(f"http://127.0.0.1:{port}/prod")

    assert set(post(sender, *(f"{number}=" for number in range(300)), within=60)) == {NoResponse.UNREACHABLE}
    for _ in range(3):
        assert post(sender, "A=", within=5) == [NoResponse.UNREACHABLE]


def test_a_name_is_looked_up_once_for_many_links_and_anew_when_none_opened(
    engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    look_up = socket.getaddrinfo

    def counted(host: str, *more: Any, **options: Any) -> Any:
        looked_up.append(host)
        return look_up(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    with playing(lambda request: Reply(after=0.01)) as gateway:
        sender = engine(gateway.url)
        assert set(post(sender, *(f"{number}=" for number in range(100)))) == {200}
        assert (looked_up, gateway.links > 1) == (["localhost"], True)
    assert post(sender, "A=") == [NoResponse.UNREACHABLE]
    assert len(looked_up) > 1


def test_a_name_that_nobody_knows_is_unreachable(engine: MakeEngine) -> None:
    assert post(engine("https://nobody.invalid/prod"), "A=", within=60) == [NoResponse.UNREACHABLE]


def test_a_gateway_that_comes_back_is_reached(engine: MakeEngine) -> None:
    with playing(lambda request: Reply()) as gateway:
        sender, port = engine(gateway.url), gateway.port
        assert post(sender, "A=") == [200]
    assert post(sender, "A=") == [NoResponse.UNREACHABLE]

    with playing(lambda request: Reply(), port=port):
        assert post(sender, "A=") == [200]
