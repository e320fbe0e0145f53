"""The end of a connection, and if another one may follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REFUSED_FOR_GOOD = 403


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """`reason` is that of the protocol, or `network`, `no_answer`, `refused`, `no_token`; `message` is for people."""

    reason: str
    message: str = ""
    code: int | None = None
    reconnect: bool = True
    retry_after_ms: int = 0


def end_of_disconnect(message: dict[str, Any]) -> ConnectionEnd:
    """Returns the end by the server's `disconnect {code, reason, message, reconnect, retryAfterMs}`."""
    retry_after = message.get("retryAfterMs")
    return ConnectionEnd(
        reason=str(message.get("reason", "closed")),
        message=str(message.get("message", "")),
        code=message.get("code") if isinstance(message.get("code"), int) else None,
        reconnect=message.get("reconnect") is True,
        retry_after_ms=retry_after if isinstance(retry_after, int) else 0,
    )


def end_of_refusal(status: int) -> ConnectionEnd:
    """Returns the end by a refused handshake; after a 403 no connection follows, after other statuses one may."""
    return ConnectionEnd(
        "refused", f"the server refused the handshake with {status}", status, status != REFUSED_FOR_GOOD
    )
