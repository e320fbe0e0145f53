"""The request of a backend to close a user's connections: `{"disconnect": {"userId": ..., "reason"?: ...}}`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.disconnect import REVOKED, Disconnect
from domain.update import InvalidUpdateError, check_text, check_user_id

MAX_REASON_CHARACTERS = 123  # as long as in a WebSocket close frame (RFC 6455, section 5.5.1)


@dataclass(frozen=True, slots=True)
class DisconnectRequest:
    """Asks to close every connection of a user with 4403 `revoked`; `reason` is the text for the user."""

    user_id: str
    reason: str | None = None
    index: int = 0

    @property
    def disconnect(self) -> Disconnect:
        return replace(REVOKED, message=self.reason) if self.reason else REVOKED


def is_disconnect_request(raw: object) -> bool:
    """Returns whether an item asks to disconnect a user; the request itself is not checked."""
    return isinstance(raw, dict) and "disconnect" in raw


def parse_disconnect_request(raw: dict[str, object], index: int = 0) -> DisconnectRequest:
    """Checks a request. Unknown fields are ignored. Raises InvalidUpdateError for the first field that is wrong."""
    asked = raw["disconnect"]
    if not isinstance(asked, dict):
        raise InvalidUpdateError("disconnect", "must be an object")
    user_id = check_user_id("disconnect.userId", asked.get("userId"))
    reason = asked.get("reason")
    if reason is not None:
        reason = check_text(MAX_REASON_CHARACTERS)("disconnect.reason", reason)
    return DisconnectRequest(user_id, reason, index)
