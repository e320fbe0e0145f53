"""The messages of the server in `upload-progress.v1`. Messages of clients are in domain/action.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from domain.connection import Connection, ConnectionLimits
from domain.disconnect import Disconnect
from domain.handshake import SUBPROTOCOL
from domain.timestamps import rfc3339
from domain.upload import UploadProgress
from domain.user_id import encode_user_id
from domain.wire_names import camel_case

MAX_OUTGOING_BYTES = 32 * 1024  # one frame, and one billed unit, of API Gateway
MAX_INCOMING_BYTES = 4 * 1024
MAX_REFRESH_BYTES = 10 * 1024
SYNC_INTERVAL_MS = 5000
MAX_SNAPSHOT_UPLOADS = 100
# A client draws the line of an upload's speed up to these limits; the reporter sends when the count leaves that line.
MAX_PREDICTION_PERCENT = 10
PREDICTION_SECONDS = 5
LATE_PREDICTION_SECONDS = 10
LATE_PREDICTION_AFTER_SECONDS = 120
MAX_PAGE_BYTES = MAX_OUTGOING_BYTES - 1024  # less the largest envelope of a page


class MessageRefusedError(Exception):
    """A client message is refused; the connection stays open.

    Holds the fields of the `error` message; `id` is the client's, if it could be read.
    """

    def __init__(
        self, code: int, name: str, message: str, *, id: object = None, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message
        self.id = id
        self.retry_after_ms = retry_after_ms


def channel(user_id: str) -> str:
    """Returns the channel of a user; the id comes from the verified token, never from a message."""
    return f"/user/{encode_user_id(user_id)}/upload-progress"


def encode(message: dict[str, Any]) -> bytes:
    """Returns a message as compact UTF-8 JSON."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def welcome(
    connection: Connection, limits: ConnectionLimits, active_connections: int, id: object = None
) -> dict[str, Any]:
    """Returns the first answer to `hello`: the ids of the connection and every limit in force."""
    return _with_id(id) | {
        "type": "welcome",
        "protocol": SUBPROTOCOL,
        "connectionId": connection.connection_id,
        "channel": channel(connection.user_id),
        **_on_wire(limits),
        "maxMessageBytes": MAX_INCOMING_BYTES,
        "maxRefreshBytes": MAX_REFRESH_BYTES,
        "syncIntervalSeconds": SYNC_INTERVAL_MS // 1000,
        "maxPredictionPercent": MAX_PREDICTION_PERCENT,
        "predictionSeconds": PREDICTION_SECONDS,
        "latePredictionSeconds": LATE_PREDICTION_SECONDS,
        "latePredictionAfterSeconds": LATE_PREDICTION_AFTER_SECONDS,
        "tokenExpiresAt": rfc3339(connection.token_expires_at),
        "connectionExpiresAt": rfc3339(connection.connected_at + limits.max_connection_seconds * 1000),
        "activeConnections": active_connections,
    }


def upload_fields(state: UploadProgress) -> dict[str, Any]:
    """Returns the `upload` object of a message."""
    return {
        "uploadId": state.upload_id,
        "fileName": state.facts.get("fileName"),
        "status": state.status,
        "phase": state.facts.get("phase"),
        "bytesUploaded": state.facts.get("bytesUploaded", 0),
        "bytesTotal": state.facts.get("bytesTotal"),
        "percent": state.percent,
        "attempt": state.attempt,
        "rev": state.ordered_at,
        **({"source": state.source} if state.source else {}),
        **{name: state.facts[name] for name in OPTIONAL_FACTS if name in state.facts},
        "startedAt": rfc3339(state.started_at),
        "updatedAt": rfc3339(state.updated_at),
    }


OPTIONAL_FACTS = (
    "phasePercent",
    "stalledAfterSeconds",
    "bytesPerSecond",
    "etaSeconds",
    "unpredictable",
    "message",
    "error",
    "result",
    "correlationId",
)


def upload_message(state: UploadProgress) -> dict[str, Any]:
    """Returns the newest state of an upload: `status` if this update brought its status, else `progress`."""
    return {
        "type": "status" if state.brings_status else "progress",
        "channel": channel(state.user_id),
        "upload": upload_fields(state),
    }


def snapshot(
    user_id: str, uploads: Iterable[UploadProgress], snapshot_id: str, now: int, id: object = None
) -> list[dict[str, Any]]:
    """Returns the uploads for a client that connects, newest first, in pages that each fit one frame."""
    shown = sorted((one for one in uploads if one.is_shown(now)), key=lambda one: -one.updated_at)
    pages = _pages([upload_fields(one) for one in shown[:MAX_SNAPSHOT_UPLOADS]])
    return [
        _with_id(id)
        | {
            "type": "snapshot",
            "channel": channel(user_id),
            "snapshotId": snapshot_id,
            "page": number,
            "pages": len(pages),
            "truncated": len(shown) > MAX_SNAPSHOT_UPLOADS,
            "uploads": page,
        }
        for number, page in enumerate(pages, 1)
    ]


def _pages(uploads: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = [[]]
    bytes_left = MAX_PAGE_BYTES
    for upload in uploads:
        size = len(encode(upload)) + 1
        if size > bytes_left and pages[-1]:
            pages.append([])
            bytes_left = MAX_PAGE_BYTES
        pages[-1].append(upload)
        bytes_left -= size
    return pages


def ping() -> dict[str, Any]:
    """Returns a request for a sign of life; any message answers it, `pong` is the shortest."""
    return {"type": "ping"}


def warning(reason: str, closes_at: int) -> dict[str, Any]:
    """Returns a warning: the reason of a close that the client can prevent, and its time."""
    return {"type": "warning", "reason": reason, "closesAt": rfc3339(closes_at)}


def refreshed(token_expires_at: int, id: object = None) -> dict[str, Any]:
    """Returns the `refreshed` for a token that was replaced; `tokenExpiresAt` is its new expiry."""
    return _with_id(id) | {"type": "refreshed", "tokenExpiresAt": rfc3339(token_expires_at)}


def pong(id: object = None) -> dict[str, Any]:
    """Returns the `pong` for a `ping`."""
    return _with_id(id) | {"type": "pong"}


def ack(id: object = None) -> dict[str, Any]:
    """Returns the `ack` for a message that asked for one."""
    return _with_id(id) | {"type": "ack"}


def error(refused: MessageRefusedError, request_id: str) -> dict[str, Any]:
    """Returns the `error` for a refused message; it never holds a stack, an ARN or a table name."""
    wait = {} if refused.retry_after_ms is None else {"retryAfterMs": refused.retry_after_ms}
    return _with_id(refused.id) | {
        "type": "error",
        "code": refused.code,
        "name": refused.name,
        "message": refused.message,
        "temporary": refused.code in (4429, 4500),
        **wait,
        "requestId": request_id,
    }


def disconnect(why: Disconnect) -> dict[str, Any]:
    """Returns the last message before a close."""
    return {"type": "disconnect", **_on_wire(why)}


def _on_wire(record: ConnectionLimits | Disconnect) -> dict[str, Any]:
    return {camel_case(name): value for name, value in asdict(record).items()}


def _with_id(id: object) -> dict[str, Any]:
    return {} if id is None else {"id": id}
