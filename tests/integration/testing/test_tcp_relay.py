"""The relay brings every byte to the server, and cuts connections as its seed says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from testing.tcp_relay import Link, tcp_relay

DATA = bytes(range(256)) * 1024


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that answers each connection with all that it sent."""

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                received = b""
                while len(received) < len(DATA) and (chunk := connection.recv(65_536)):
                    received += chunk
                connection.sendall(received)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def exchange(port: int) -> bytes:
    """Returns what the server answers to `DATA`; less, if the connection is cut."""
    received = b""
    with socket.create_connection(("127.0.0.1", port)) as client:
        try:
            client.sendall(DATA)
            while len(received) < len(DATA) and (chunk := client.recv(65_536)):
                received += chunk
        except ConnectionError:
            pass
    return received


@pytest.mark.parametrize("link", [Link(1e9), Link(5e6, 0.01, 0.8), Link(5e6, 0.0, 0.3, 0.1, 0.1)])
def test_every_byte_arrives_in_its_order(echo_port: int, link: Link) -> None:
    with tcp_relay(echo_port, link, seed=1) as relay:
        assert exchange(relay.port) == DATA
        assert relay.cuts == 0


def test_a_cut_ends_the_connection_and_the_next_one_passes(echo_port: int) -> None:
    with tcp_relay(echo_port, Link(1e9, cut_every_bytes=2 * len(DATA)), seed=3) as relay:
        answers = [exchange(relay.port) for _ in range(8)]
        assert 0 < relay.cuts < 8
        assert answers.count(DATA) == 8 - relay.cuts
