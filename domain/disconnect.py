"""The reasons for which the server closes a connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The reason of a close: the last message on a connection, since API Gateway always closes with 1000."""

    code: int
    reason: str
    message: str
    reconnect: bool
    retry_after_ms: int = 0


BAD_REQUEST = Disconnect(4400, "bad_request", "Too many malformed messages.", False)
TOKEN_EXPIRED = Disconnect(4401, "token_expired", "The token has expired.", True)
FORBIDDEN = Disconnect(4403, "forbidden", "This connection is not allowed.", False)
REVOKED = Disconnect(4403, "revoked", "Access was revoked.", False)
IDLE_TIMEOUT = Disconnect(4408, "idle_timeout", "Nothing happened for a while.", False)
UNKNOWN_CONNECTION = Disconnect(4409, "unknown_connection", "This connection is not known; open a new one.", True)
MAX_DURATION = Disconnect(4410, "max_duration", "The connection reached its greatest age.", True)
NO_PONG = Disconnect(4412, "no_pong", "Pings were not answered.", True)
CONNECTION_LIMIT = Disconnect(4426, "connection_limit", "The user opened more connections than allowed.", False)
REPLACED = Disconnect(4427, "replaced", "A newer connection of this page took over.", False)
RATE_LIMITED = Disconnect(4429, "rate_limited", "Too many messages.", True, 5000)
INTERNAL = Disconnect(4500, "internal", "Something went wrong on our side.", True)


DISCONNECTS = {
    one.reason: one
    for one in (
        BAD_REQUEST,
        TOKEN_EXPIRED,
        FORBIDDEN,
        REVOKED,
        IDLE_TIMEOUT,
        UNKNOWN_CONNECTION,
        MAX_DURATION,
        NO_PONG,
        CONNECTION_LIMIT,
        REPLACED,
        RATE_LIMITED,
        INTERNAL,
    )
}
# These closes do not wait until the notice is delivered: its text would not change the behaviour of the client.
CLOSED_WITHOUT_NOTICE = frozenset({TOKEN_EXPIRED.reason, REVOKED.reason, NO_PONG.reason})
