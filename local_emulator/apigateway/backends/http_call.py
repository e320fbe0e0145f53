"""One HTTP request to a backend, with a bounded response."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
from yarl import URL

from local_emulator.apigateway.backends.backend import BackendError, BackendResponse

MAX_RESPONSE_BYTES = 10 * 1024 * 1024
"""Maximum size of a response (API Gateway quotas: 10 MB of payload)."""


async def send(method: str, url: str, headers: Iterable[tuple[str, str]], body: str | None) -> BackendResponse:
    """Returns the response; redirects are responses too. Raises BackendError."""
    headers = list(headers)
    if wrong := [name for name, value in headers if any(sign in value for sign in "\r\n\0")]:
        raise BackendError(f"the header {wrong[0]} has a line break")
    data = None if body is None else body.encode("utf-8", "replace")
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                method, URL(url, encoded=True), headers=headers, data=data, allow_redirects=False
            ) as response,
        ):
            text, status = (await _limited(response)).decode("utf-8", "replace"), response.status
            return BackendResponse(status, text, dict(response.headers), str(status))
    except (aiohttp.ClientError, ValueError, OSError) as failed:
        reason = " ".join(str(failed).split()) or type(failed).__name__
        raise BackendError(f"{method} {url.partition('?')[0]}: {reason}") from None


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MAX_RESPONSE_BYTES:
            raise BackendError(f"its response has more than {MAX_RESPONSE_BYTES} bytes")
        pieces.append(piece)
    return b"".join(pieces)
