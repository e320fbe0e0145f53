"""The report of a client on an upload of its own user, checked field by field."""

from __future__ import annotations

from dataclasses import replace

from domain.action import Action
from domain.protocol import MessageRefusedError
from domain.update import FACTS, FIELDS, InvalidUpdateError, Update, parse_update

MAX_CLIENT_UPLOADS = 100  # as many as a snapshot holds
# A run or an attempt could make the server's update stale, and the server's clock gives the times. A result and a
# correlation id are the pipeline's.
FIELDS_OF_CLIENTS = frozenset({"uploadId", "status", "rev", *FACTS}) - {"result", "correlationId"}
NEVER_OF_CLIENTS = (FIELDS - FIELDS_OF_CLIENTS) | {"source"}


def parse_report(action: Action, user_id: str, now: int) -> Update:
    """Returns the update in a `report` of this user; `now` in epoch milliseconds is its time of receipt.

    The user is that of the connection. Raises MessageRefusedError (4400) that names the first wrong field.
    """
    raw = action.fields.get("upload")
    if not isinstance(raw, dict):
        raise _refused(action, "upload: must be an object")
    for path, fields in (("", action.fields), ("upload.", raw)):
        if named := sorted(NEVER_OF_CLIENTS & fields.keys()):
            raise _refused(action, f"{path}{named[0]}: a client must not name it")
    try:
        return replace(parse_update(raw | {"userId": user_id}, received_at=now), by_client=True, updated_at=now)
    except InvalidUpdateError as invalid:
        raise _refused(action, f"upload.{invalid}") from None


def _refused(action: Action, message: str) -> MessageRefusedError:
    return MessageRefusedError(4400, "bad_request", message, id=action.id)
