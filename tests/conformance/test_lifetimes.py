"""How long the gateway keeps a connection. Ten minutes and two hours in AWS, so they run only when asked for."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.conftest import Lifetimes
from tests.conformance.stage import Stage, new_name

row = pytest.mark.row
Lived = tuple[Stage, Lifetimes]


@row("idle")
@pytest.mark.timeout(0)
def test_an_idle_connection_is_going_away(short_lived: Lived) -> None:
    stage, limits = short_lived
    who = new_name()
    with stage.connect(stage.url(who)) as connection:
        with pytest.raises(TimeoutError):
            connection.recv(timeout=limits.idle * 0.8)
        assert stage.end(connection) == (1001, "Going away")
    told = stage.event(who, "disconnect")["requestContext"]
    assert (told["disconnectStatusCode"], told["disconnectReason"]) == (1001, "Going away")


@row("idle-outbound")
@pytest.mark.timeout(0)
def test_what_is_sent_to_a_connection_postpones_its_end(short_lived: Lived) -> None:
    stage, limits = short_lived
    with stage.connect() as connection:
        connection_id = stage.connection_id(connection)
        for _ in range(2):
            time.sleep(limits.idle * 0.55)
            stage.management().post_to_connection(ConnectionId=connection_id, Data=b"still here")
            assert stage.hear(connection) == "still here"


@row("age")
@pytest.mark.timeout(0)
def test_a_busy_connection_ends_at_its_age(short_lived: Lived) -> None:
    stage, limits = short_lived
    with stage.connect() as connection, ThreadPoolExecutor(1) as pool:
        opened = time.monotonic()
        ended = pool.submit(stage.end, connection)
        while not ended.done() and time.monotonic() < opened + limits.age * 1.5:
            if connection.state.name == "OPEN":
                connection.send('{"action": "quiet"}')
            time.sleep(limits.idle * 0.2)
        ended.result(timeout=stage.patience)
        assert time.monotonic() - opened > limits.age * 0.9
