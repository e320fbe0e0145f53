"""The function of the route `$default`."""

from __future__ import annotations

from typing import Any


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Returns the message as the body of the route response."""
    return {"statusCode": 200, "body": event["body"]}
