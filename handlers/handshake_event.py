"""Reads the handshake in an event of the gateway."""

from __future__ import annotations

from typing import Any

from domain.handshake import Handshake


def read_handshake(event: dict[str, Any]) -> Handshake:
    """Returns the handshake of an authorizer or `$connect` event; either map of a pair may be missing or null."""
    single = {name: [value] for name, value in (event.get("headers") or {}).items()}
    several = single | (event.get("multiValueHeaders") or {})
    headers: dict[str, list[str]] = {}
    for name, values in several.items():
        headers.setdefault(name.lower(), []).extend(values)
    return Handshake(headers, event.get("queryStringParameters") or {})
