"""What the gateway may answer to a send or a close, over real HTTP, and what it means."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from infra.gateway.credentials import Credentials
from infra.gateway.management_api import Delivery, ManagementApi
from infra.gateway.sender.timeouts import Timeouts
from testing.stub_management import StubManagement

IDS = ["A=", "L0SM9cOFvHcCIhw=", "a+b/c=", "ä"]


def api(url: str, answer_seconds: float = 30) -> ManagementApi:
    timeouts = Timeouts(connect_seconds=5, answer_seconds=answer_seconds)
    return ManagementApi(url, "us-east-1", lambda: Credentials("key", "secret"), timeouts=timeouts)


@pytest.fixture
def gateway(management: StubManagement) -> ManagementApi:
    return api(management.url)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/prod"


@pytest.mark.parametrize("connection_id", IDS)
def test_a_message_arrives_as_it_is_at_the_connection_that_is_meant(
    gateway: ManagementApi, management: StubManagement, connection_id: str
) -> None:
    assert gateway.send(connection_id, '{"name":"ä📄"}'.encode()) is Delivery.DELIVERED
    assert management.calls == [("POST", connection_id, {"name": "ä📄"})]


def test_410_means_gone(gateway: ManagementApi, management: StubManagement) -> None:
    management.answers["A="] = 410

    assert gateway.send("A=", b"{}") is Delivery.GONE
    assert gateway.close("A=") is Delivery.GONE


@pytest.mark.parametrize("status", [301, 400, 403, 404, 413])
def test_any_other_error_means_failed(gateway: ManagementApi, management: StubManagement, status: int) -> None:
    management.answers["A="] = status

    assert gateway.send("A=", b"{}") is Delivery.FAILED
    assert gateway.close("A=") is Delivery.FAILED
    assert len(management.calls) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_error_is_tried_again_while_there_is_time(
    gateway: ManagementApi, management: StubManagement, status: int
) -> None:
    management.next_answers["A="] = [status, status]

    assert gateway.send("A=", b"{}") is Delivery.DELIVERED
    assert len(management.calls) == 3

    management.answers["A="] = status
    lasting = Delivery.REFUSED if status == 429 else Delivery.FAILED
    assert gateway.send("A=", b"{}", within=0.3) is lasting and lasting.is_failure
    assert gateway.close("A=", within=0.3) is lasting


def test_why_sends_failed_is_logged_once_for_each_call(
    gateway: ManagementApi, management: StubManagement, caplog: pytest.LogCaptureFixture
) -> None:
    management.answers |= {"A=": 403, "B=": 403, "C=": 413, "D=": 410}
    caplog.set_level(logging.INFO, logger="upload_progress")

    gateway.send_all([(f"{name}=", b"{}") for name in "ABCDE"])
    gateway.close("A=")
    gateway.close("E=")

    logged = [vars(record) for record in caplog.records]
    assert {one["msg"] for one in logged} == {"sends_failed"}
    assert [(one["method"], one["sends"], one["reasons"]) for one in logged] == [
        ("POST", 5, {"403": 2, "413": 1}),
        ("DELETE", 1, {"403": 1}),
    ]


def test_what_found_no_way_to_the_gateway_was_not_sent(listener: socket.socket) -> None:
    gateway = api(url(listener), answer_seconds=0.2)
    listener.close()

    assert gateway.send("A=", b"{}") is Delivery.UNSENT and Delivery.UNSENT.is_failure
    assert gateway.close("A=") is Delivery.UNSENT


def test_a_gateway_that_does_not_answer_means_failed(listener: socket.socket) -> None:
    gateway = api(url(listener), answer_seconds=0.2)

    assert gateway.send("A=", b"{}") is Delivery.FAILED
    assert gateway.close("A=") is Delivery.FAILED


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 2000 Very OK\r\n\r\n", b"\x15\x03\x01"])
def test_a_gateway_that_answers_nonsense_means_failed(listener: socket.socket, answer: bytes) -> None:
    def talk() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)

    thread = threading.Thread(target=talk)
    thread.start()

    assert api(url(listener), answer_seconds=0.2).send("A=", b"{}") is Delivery.FAILED
    thread.join(5)


def test_answers_stand_in_the_order_of_the_sends(gateway: ManagementApi, management: StubManagement) -> None:
    management.answers |= {f"C{number}=": (200, 410, 403)[number % 3] for number in range(60)}

    answers = gateway.send_all([(f"C{number}=", b"{}") for number in range(60)])

    assert answers == [Delivery.DELIVERED, Delivery.GONE, Delivery.FAILED] * 20
    assert gateway.send_all([("C1=", b"{}")]) == [Delivery.GONE]
    assert gateway.send_all([]) == []
    assert len(management.calls) == 61
