"""Limits on the request line and headers."""

from __future__ import annotations

from aiohttp import web

from local_emulator.apigateway import errors
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.reasons import too_large

# aiohttp's own limits, far above the gateway's: so that it is the gateway which answers.
MAX_BYTES = 128 * 1024


def check_sizes(request: web.Request, limits: GatewayLimits) -> None:
    """Raises RefusedRequestError, 414 or 431."""
    # Documented: the limit of the URL. Inferred: that it counts scheme and host, and the status (RFC 9110, 15.5.15).
    chars = len(f"wss://{request.host}{request.raw_path}")
    if chars > limits.url_chars:
        raise errors.url_too_long(too_large("the characters of the URL (url_chars)", chars, limits.url_chars))
    # Inferred: name, colon, space, value and line end of each, as in the page on HTTP APIs.
    size = sum(len(name) + len(value) + 4 for name, value in request.raw_headers)
    if size > limits.header_bytes:
        raise errors.headers_too_large(too_large("the headers in bytes (header_bytes)", size, limits.header_bytes))
