"""HTTP requests from the command line to the running emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 5
# A proxy of the environment does not lead to this machine.
OPEN = build_opener(ProxyHandler({})).open


class EmulatorRequestError(Exception):
    """The emulator refused the request, or no emulator listens on the port."""


def send_request(port: int, method: str, path: str, body: Any = None) -> Any:
    """Returns the JSON of the response, None if it has no body. Raises EmulatorRequestError."""
    data = None if body is None else json.dumps(body).encode()
    with open_request(port, method, path, data, {"Content-Type": "application/json"}) as response:
        return json.loads(response.read() or b"null")


def open_request(
    port: int,
    method: str,
    path: str,
    data: bytes | None,
    headers: Mapping[str, str],
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> HTTPResponse:
    """Returns the response to a request with a body of bytes. Raises EmulatorRequestError."""
    request = Request(f"http://127.0.0.1:{port}{path}", data, dict(headers), method=method)
    try:
        return cast(HTTPResponse, OPEN(request, timeout=timeout_seconds))
    except HTTPError as refused:
        raise EmulatorRequestError(_reason(refused.read())) from None
    except URLError as error:
        text = f"no emulator on port {port} ({error.reason}); start one with: apigw-emulator"
        raise EmulatorRequestError(text) from None


def _reason(body: bytes) -> str:
    """Returns the reason that the emulator's JSON gives, or the body of another server that has the port."""
    try:
        answer = json.loads(body)
        return str(answer.get("problem") or answer["message"])
    except (ValueError, LookupError, AttributeError):
        return body.decode(errors="replace")
