"""The outcome of one request: the status of the response, or the reason for no response."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias


class NoResponse(Enum):
    """The reason for no response."""

    LOST = "connection_lost"  # the connection broke after the request was written: it may have arrived
    TIMED_OUT = "timed_out"  # no response in time: it may have arrived
    UNREACHABLE = "unreachable"  # no connection could be opened: it did not arrive
    UNTRUSTED = "certificate_refused"  # the gateway's certificate is not one for that host: it did not arrive
    OUT_OF_TIME = "out_of_time"  # the call's own time was over


Outcome: TypeAlias = int | NoResponse
