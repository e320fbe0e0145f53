"""How a connection ended, and whether another one may follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REFUSED_FOR_GOOD = 403


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """`reason` in the words of the protocol, or `network`, `no_answer`, `refused`, `no_token`; `message` for people."""

    reason: str
    message: str = ""
    code: int | None = None
    reconnect: bool = True
    retry_after_ms: int = 0


def end_of_disconnect(told: dict[str, Any]) -> ConnectionEnd:
    """The server's `disconnect {code, reason, message, reconnect, retryAfterMs}`."""
    retry_after = told.get("retryAfterMs")
    return ConnectionEnd(
        reason=str(told.get("reason", "closed")),
        message=str(told.get("message", "")),
        code=told.get("code") if isinstance(told.get("code"), int) else None,
        reconnect=told.get("reconnect") is True,
        retry_after_ms=retry_after if isinstance(retry_after, int) else 0,
    )


def end_of_refusal(status: int) -> ConnectionEnd:
    """A refused handshake: 403 will stay one, 401 may need another token, all else may pass."""
    return ConnectionEnd(
        "refused", f"the server refused the handshake with {status}", status, status != REFUSED_FOR_GOOD
    )
