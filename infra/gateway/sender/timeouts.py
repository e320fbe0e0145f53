"""The time limits of the sender, and the size of its connection pool."""

from __future__ import annotations

from typing import NamedTuple


class Timeouts(NamedTuple):
    """The limits of one sender.

    `connect_seconds` covers name look-up, connection and TLS. `answer_seconds` covers a whole response, from the moment
    its request was written. A connection that was idle for `idle_seconds` is not used again: the gateway or a NAT may
    have dropped it silently.

    The number of connections is a trade: each costs 1.5 ms of CPU to open, and then shortens every broadcast. With 256
    in place of 128, a first broadcast to 1000 over 20 ms takes as long: at most 64 are opened at a time. The next
    broadcasts take little more than half.
    """

    connect_seconds: float = 1.0
    answer_seconds: float = 2.0
    idle_seconds: float = 50.0
    max_connections: int = 256
    max_opening: int = 64
