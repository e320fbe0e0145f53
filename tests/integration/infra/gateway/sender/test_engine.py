"""What goes over the wire, over how few links, and when a call ends."""

from __future__ import annotations

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.gateway.sender.engine import Engine
from infra.gateway.sender.outcome import NoResponse
from testing.scripted_gateway import GONE, GatewayRequest, Reply, status
from tests.integration.infra.gateway.sender.conftest import KEY, MakeEngine, Play, post


def by_id(request: GatewayRequest) -> Reply:
    """The number in the id is the status."""
    return Reply(status(int(request.connection_id.rstrip("=").partition("-")[2] or 200)))


def test_a_request_is_what_the_gateway_expects(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)

    assert engine(gateway.url).call("POST", [("a+b/c=", "ä".encode())], KEY, 10) == [200]

    [request] = gateway.requests
    assert request.line == "POST /prod/@connections/a%2Bb%2Fc%3D HTTP/1.1"
    assert request.headers["host"] == gateway.url.split("/")[2]
    assert request.headers["x-amz-security-token"] == "token"
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert request.body == "ä".encode()


def test_a_close_is_a_delete_without_a_body(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(b"HTTP/1.1 204 No Content\r\n\r\n"))

    assert engine(gateway.url).call("DELETE", [("A=", b"")] * 2, KEY, 10) == [204, 204]
    assert {request.line for request in gateway.requests} == {"DELETE /prod/@connections/A%3D HTTP/1.1"}


def test_outcomes_stand_in_the_order_of_the_sends(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)
    wanted = [(200, 410, 403, 413)[number % 4] for number in range(400)]

    assert post(engine(gateway.url), *(f"{number}-{code}" for number, code in enumerate(wanted))) == wanted
    assert len({request.connection_id for request in gateway.requests}) == len(gateway.requests) == 400


def test_each_send_carries_its_own_body(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)
    sends = [(f"{number}=", f"body {number % 7}".encode()) for number in range(50)]

    engine(gateway.url).call("POST", sends, KEY, 10)

    assert sorted((request.connection_id, request.body) for request in gateway.requests) == sorted(sends)


def test_no_sends_need_no_gateway(engine: MakeEngine) -> None:
    assert post(engine("http://localhost:9/prod")) == []


def test_links_are_few_and_kept(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(after=0.002))
    sender = engine(gateway.url, max_connections=5)

    for _ in range(3):
        assert set(post(sender, *(f"{number}=" for number in range(60)))) == {200}

    assert gateway.max_connections <= 5
    assert gateway.links == gateway.max_connections


def test_one_send_after_another_shares_one_link(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)
    sender = engine(gateway.url)

    for _ in range(20):
        assert post(sender, "A=") == [200]

    assert gateway.links == 1


def test_threads_share_the_links_and_each_gets_its_own_outcomes(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)
    sender = engine(gateway.url, max_connections=4)

    with ThreadPoolExecutor(16) as threads:
        codes = [200 + number % 3 for number in range(160)]
        outcomes = list(threads.map(lambda code: post(sender, f"x-{code}", f"y-{code}"), codes))

    assert outcomes == [[code, code] for code in codes]
    assert gateway.max_connections <= 4


def test_a_slow_connection_does_not_delay_the_others(engine: MakeEngine, play: Play) -> None:
    answered: list[str] = []

    def part(request: GatewayRequest) -> Reply:
        if request.connection_id.startswith("slow"):
            threading.Event().wait(0.3)
        answered.append(request.connection_id)
        return Reply()

    ids = [f"slow{number}=" for number in range(3)] + [f"{number}=" for number in range(100)]
    assert set(post(engine(play(part).url, max_connections=8), *ids)) == {200}

    assert all(one.startswith("slow") for one in answered[100:])


def test_a_call_ends_in_time_with_what_is_known(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(after=5) if request.connection_id == "slow=" else Reply(GONE))
    sender = engine(gateway.url, max_connections=4)

    assert post(sender, "A=", "slow=", "B=", within=1) == [410, NoResponse.OUT_OF_TIME, 410]
    assert post(sender, "A=") == [410]


def test_nothing_is_sent_once_its_call_is_over(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(after=0.2) if request.connection_id == "slow=" else Reply())
    sender = engine(gateway.url, max_connections=1)

    assert set(post(sender, "slow=", "A=", "B=", within=0.1)) == {NoResponse.OUT_OF_TIME}
    assert post(sender, "C=") == [200]
    assert {request.connection_id for request in gateway.requests} <= {"slow=", "C="}


def test_a_rotated_key_signs_the_next_call(engine: MakeEngine, play: Play) -> None:
    gateway = play(by_id)
    sender = engine(gateway.url)

    for key_id in ("first", "second"):
        sender.call("POST", [("A=", b"")], type(KEY)(key_id, "secret"), 10)

    named = [request.headers["authorization"].split("=")[1].split("/")[0] for request in gateway.requests]
    assert named == ["first", "second"]
    assert "x-amz-security-token" not in gateway.requests[0].headers


@pytest.mark.parametrize("url", ["", "localhost:3001", "ftp://localhost", "https:///prod"])
def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a management API"):
        Engine(url, "us-east-1")


def test_an_engine_that_is_forgotten_leaves_no_thread_and_no_descriptor(play: Play) -> None:
    gateway = play(by_id)

    def use_one() -> None:
        assert post(Engine(gateway.url, "us-east-1"), "A=", "B=") == [200, 200]

    use_one()
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        use_one()
        gc.collect()
    gateway.close_links()

    assert not [thread for thread in threading.enumerate() if thread.name == "fanout"]
    assert threading.active_count() <= threads + 2
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 4
