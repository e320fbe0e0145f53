"""Request bodies of bounded size."""

from __future__ import annotations

from aiohttp import web


class BodyTooLargeError(Exception):
    """The body has more than `max_bytes`; `size` is what the client declared, or what was read so far."""

    def __init__(self, size: int, max_bytes: int) -> None:
        super().__init__(f"body has more than {max_bytes} bytes")
        self.size = size


async def read_limited(request: web.BaseRequest, max_bytes: int) -> bytes:
    """Reads a request's body. Raises BodyTooLargeError as soon as it has more than `max_bytes`."""
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > max_bytes:
            raise BodyTooLargeError(request.content_length or len(data), max_bytes)
    return bytes(data)
