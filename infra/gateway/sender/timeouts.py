"""How long anything may take, and how much may be open at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """`connect_seconds` is for name, connection and TLS together; `answer_seconds` for a whole answer, from the moment
    its request was written. A link that was idle for `idle_seconds` is not trusted any more: the gateway, or a NAT on
    the way, may have dropped it without a word.

    How many links are best is a trade: each costs 1.5 ms of CPU to open, and then shortens every broadcast. With 256 in
    place of 128 a first broadcast to 1000, over 20 ms, takes as long, since no more than 64 are opened at a time while
    the others work, and the next ones little more than half.
    """

    connect_seconds: float = 1.0
    answer_seconds: float = 2.0
    idle_seconds: float = 50.0
    max_connections: int = 256
    max_opening: int = 64
