"""How long anything may take, and how much may be open at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """`connect_seconds` is for name, connection and TLS together; `answer_seconds` for a whole answer, from the moment
    its request was written. A link that was idle for `idle_seconds` is not trusted any more: the gateway, or a NAT on
    the way, may have dropped it without a word. 128 links are what a thousand sends over 20 ms need when each costs
    1.5 ms of CPU to open (the root of their product is the least in all).
    """

    connect_seconds: float = 1.0
    answer_seconds: float = 2.0
    idle_seconds: float = 50.0
    most_links: int = 128
    most_opening: int = 64
