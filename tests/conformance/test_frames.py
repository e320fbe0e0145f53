"""What is on the wire: sizes, kinds of frames, pings and closes."""

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.conformance.stage import Stage, new_name

row = pytest.mark.row
KB = 1024


def padded(size: int) -> str:
    """A message to `quiet` of exactly this size."""
    head, tail = '{"action": "quiet", "text": "', '"}'
    return head + "x" * (size - len(head) - len(tail)) + tail


@row("binary")
def test_a_binary_frame_closes_with_1003(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send(b"\x00\x01")
        assert stage.end(connection)[0] == 1003


@row("frame-32-kb")
def test_a_frame_of_32_kb_passes(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send(padded(32 * KB))
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("frame-too-large")
def test_a_larger_frame_closes_with_1009(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send(padded(32 * KB + 1))
        assert stage.end(connection)[0] == 1009


@row("frame-too-large-reason")
def test_the_reason_for_a_frame_that_is_too_large_is_nettys(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.send(padded(32 * KB + 1))
        assert stage.end(connection) == (1009, "Max frame length of 32768 has been exceeded.")


@row("message-128-kb")
def test_a_message_of_128_kb_in_frames_passes(stage: Stage) -> None:
    with stage.connect() as connection:
        text = padded(128 * KB)
        connection.send(text[start : start + 32 * KB] for start in range(0, len(text), 32 * KB))
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("message-too-large")
def test_a_larger_message_closes_with_1009(stage: Stage) -> None:
    with stage.connect() as connection:
        text = padded(128 * KB + 1)
        with suppress(ConnectionClosed):  # while the last of it is being sent
            connection.send(text[start : start + 32 * KB] for start in range(0, len(text), 32 * KB))
        assert stage.end(connection)[0] == 1009


@row("ping")
def test_a_ping_is_answered(stage: Stage) -> None:
    with stage.connect() as connection:
        assert connection.ping(b"there?").wait(stage.patience)
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("close-client")
@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (4000, "done"), (1001, "")])
def test_disconnect_tells_the_clients_own_code_and_reason(stage: Stage, code: int, reason: str) -> None:
    who = new_name()
    with stage.connect(stage.url(who)) as connection:
        connection.close(code, reason)
    told = stage.event(who, "disconnect")["requestContext"]
    assert (told["disconnectStatusCode"], told["disconnectReason"]) == (code, reason)


@row("close-no-status")
def test_a_close_without_a_status_is_1005(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)) as connection:
        _say_and_close(connection)
    told = stage.event(who, "disconnect")["requestContext"]
    assert told["disconnectStatusCode"] == 1005
    assert told["disconnectReason"] == "Client-side close frame status not set"


@row("message-before-close")
def test_what_was_said_before_a_close_is_heard(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)) as connection:
        _say_and_close(connection, b'{"action": "keep"}')
    assert stage.event(who, "message")["body"] == '{"action": "keep"}'


@row("disconnect-fails")
def test_a_disconnect_that_raises_is_nobodys_concern(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)):
        pass
    stage.event(who, "disconnect")
    with stage.connect(stage.url(who)) as again:
        assert stage.tell(again, action="echo") == '{"action": "echo"}'


def _say_and_close(connection: ClientConnection, *texts: bytes) -> None:
    """The messages and a close frame without a status, all in one piece."""
    with connection.protocol_mutex:
        for text in texts:
            connection.protocol.send_text(text)
        connection.protocol.send_close()
        connection.socket.sendall(b"".join(connection.protocol.data_to_send()))
    connection.recv_events_thread.join(10)
