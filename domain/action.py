"""The messages of clients: parses and checks one message."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.protocol import MAX_INCOMING_BYTES, MAX_REFRESH_BYTES, MessageRefusedError

NAMES = frozenset({"hello", "sync", "ping", "pong", "keepalive", "refresh", "report"})
NOT_ACTIVITY = frozenset({"ping", "pong"})  # they are signs of life, not of activity
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_ID_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Action:
    """One client message. `id` is echoed in the answer.

    `hello` has `client_id`, `refresh` has `token`, `report` has all fields, not yet checked.
    """

    name: str
    id: str | int | None = None
    client_id: str | None = None
    token: str | None = field(default=None, repr=False)
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_activity(self) -> bool:
        return self.name not in NOT_ACTIVITY


def parse_action(body: str | None) -> Action:
    """Reads a client message; raises MessageRefusedError (4400, 4404 or 4413) that names the field."""
    size = len((body or "").encode(errors="surrogatepass"))
    if size > MAX_REFRESH_BYTES:
        raise _too_large(f"{MAX_INCOMING_BYTES} bytes, {MAX_REFRESH_BYTES} for refresh")
    fields = _fields(body or "")
    id = _id(fields.get("id"))
    name = fields.get("action")
    if size > MAX_INCOMING_BYTES and name != "refresh":
        raise _too_large(f"{MAX_INCOMING_BYTES} bytes", id)
    if not isinstance(name, str):
        raise MessageRefusedError(4400, "bad_request", "action: must be a string", id=id)
    if name not in NAMES:
        raise MessageRefusedError(4404, "unknown_action", f"action: must be one of {', '.join(sorted(NAMES))}", id=id)
    if name == "hello":
        return Action(name, id, client_id=_client_id(fields, id))
    if name == "refresh":
        return Action(name, id, token=_token(fields, id))
    return Action(name, id, fields=fields if name == "report" else {})


def _fields(body: str) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise MessageRefusedError(4400, "bad_request", "message: must be JSON") from None
    if not isinstance(fields, dict):
        raise MessageRefusedError(4400, "bad_request", "message: must be a JSON object")
    return fields


def _too_large(most: str, id: str | int | None = None) -> MessageRefusedError:
    return MessageRefusedError(4413, "too_large", f"message: must be at most {most}", id=id)


def _id(value: object) -> str | int | None:
    """Returns the id to echo; 7.0 is the integer 7, since JSON does not distinguish them (RFC 8259, section 6)."""
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= MAX_ID_CHARACTERS and value.isprintable():
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53 and value == int(value):
        return int(value)
    raise MessageRefusedError(
        4400,
        "bad_request",
        f"id: must be an integer or a string of at most {MAX_ID_CHARACTERS} printable characters",
    )


def _client_id(fields: dict[str, object], id: str | int | None) -> str | None:
    value = fields.get("clientId")
    if value is None:
        return None
    if not isinstance(value, str) or not CLIENT_ID.fullmatch(value):
        raise MessageRefusedError(
            4400, "bad_request", f"clientId: must be a string that matches {CLIENT_ID.pattern}", id=id
        )
    return value


def _token(fields: dict[str, object], id: str | int | None) -> str:
    value = fields.get("token")
    if not isinstance(value, str) or not value:
        raise MessageRefusedError(4400, "bad_request", "token: must be a string", id=id)
    return value
