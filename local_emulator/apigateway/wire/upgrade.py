"""The HTTP side of a handshake (RFC 6455, section 4.2): the checks, and the 101 that ends it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from hashlib import sha1

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from local_emulator.apigateway import errors
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.reasons import Reason, shown
from local_emulator.apigateway.wire.compression import Compression
from local_emulator.web.errors import RefusedRequestError

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def check_upgrade(request: web.Request) -> None:
    """Raises RefusedRequestError for a request that is not a WebSocket handshake."""
    # RFC 6455, section 4.1: GET, and HTTP/1.1 at least.
    _require(request.method == "GET", f"the method is {request.method}, not GET", errors.upgrade_required)
    _require(request.version >= HttpVersion11, "the request is HTTP/1.0", errors.upgrade_required)
    for name, token in (("Upgrade", "websocket"), ("Connection", "upgrade")):
        _require(token in _tokens(request, name), f"the header {name} lacks {token}", errors.upgrade_required)
    version, key = request.headers.get("Sec-WebSocket-Version"), request.headers.get("Sec-WebSocket-Key")
    _require(version == "13", f"Sec-WebSocket-Version is {shown(version)}, not 13", errors.bad_handshake)
    _require(_is_key(key), "Sec-WebSocket-Key is not 16 bytes in base64", errors.bad_handshake)


def _tokens(request: web.Request, name: str) -> set[str]:
    """Returns the members of a header that is a list, in lower case; several lines are one list (RFC 9110, 5.3)."""
    return {token.strip().lower() for token in ",".join(request.headers.getall(name, ())).split(",")}


def _require(holds: bool, problem: str, error: Callable[[Reason], RefusedRequestError]) -> None:
    if not holds:
        raise error(reasons.no_handshake(problem))


def _is_key(key: str | None) -> bool:
    try:
        return key is not None and len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


class Upgrade(web.StreamResponse):
    """101 Switching Protocols."""

    def __init__(self, request: web.Request, subprotocol: str | None, compression: Compression | None) -> None:
        digest = sha1(request.headers["Sec-WebSocket-Key"].encode() + GUID, usedforsecurity=False).digest()
        headers = {
            "Upgrade": "websocket",
            "Connection": "upgrade",
            "Sec-WebSocket-Accept": base64.b64encode(digest).decode(),
        }
        if subprotocol is not None:
            headers["Sec-WebSocket-Protocol"] = subprotocol
        if compression is not None:
            headers["Sec-WebSocket-Extensions"] = compression.header
        super().__init__(status=101, headers=headers)
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        try:
            return await super().prepare(request)
        except ConnectionError:
            return None  # the client left during the handshake

    async def write_eof(self, data: bytes = b"") -> None:
        """Writes nothing: frames follow a 101, and they have ended."""
