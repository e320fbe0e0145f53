"""The line between the gateway and AWS's services."""

import socket
import threading

from local_emulator.aws.channel import Channel


def test_a_channel_that_is_closed_while_it_is_read_ends_without_an_error():
    for _ in range(20):
        one, other = map(Channel, socket.socketpair())
        reader = threading.Thread(target=list, args=(one.received(),))
        reader.start()
        one.close()
        reader.join()
        assert list(other.received()) == []
        one.close()
