"""Events as the gateway sends them, shaped after the golden ones in tests/events."""

from __future__ import annotations

import time
from typing import Any


def context(
    user_id: str, connection_id: str, *, connected_at: int | None = None, expires_in: int = 3600
) -> dict[str, Any]:
    now = int(time.time() * 1000)
    return {
        "routeKey": "$default",
        "connectionId": connection_id,
        "requestId": "PJqB0E1tKRcF-Qw=",
        "connectedAt": now if connected_at is None else connected_at,
        "authorizer": {"principalId": user_id, "userId": user_id, "tokenExpiresAt": str(now + expires_in * 1000)},
    }


def connect(user_id: str, connection_id: str, *, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    headers = headers or {}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": context(user_id, connection_id, **more) | {"routeKey": "$connect", "eventType": "CONNECT"},
        "isBase64Encoded": False,
    }


def message(user_id: str, connection_id: str, body: str, **more: Any) -> dict[str, Any]:
    return {
        "requestContext": context(user_id, connection_id, **more) | {"eventType": "MESSAGE"},
        "body": body,
        "isBase64Encoded": False,
    }


def disconnect(user_id: str, connection_id: str) -> dict[str, Any]:
    details = {
        "routeKey": "$disconnect",
        "eventType": "DISCONNECT",
        "disconnectStatusCode": 1001,
        "disconnectReason": "",
    }
    return {
        "headers": {"Host": "h"},
        "requestContext": context(user_id, connection_id) | details,
        "isBase64Encoded": False,
    }
