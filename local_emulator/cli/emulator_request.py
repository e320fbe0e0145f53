"""HTTP requests from the command line to the running emulator."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 5


class EmulatorRequestError(Exception):
    """The emulator refused the request, or no emulator listens on the port."""


def send_request(port: int, method: str, path: str, body: Any = None) -> Any:
    """Returns the JSON of the response, None if it has no body. Raises EmulatorRequestError."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return json.loads(response.read() or b"null")
    except HTTPError as refused:
        raise EmulatorRequestError(_reason(refused.read())) from None
    except URLError as error:
        raise EmulatorRequestError(f"no emulator on port {port} ({error.reason}); start it with: make run") from None


def _reason(body: bytes) -> str:
    """Returns the reason that the emulator's JSON gives, or the body of another server that has the port."""
    try:
        answer = json.loads(body)
        return str(answer.get("problem") or answer["message"])
    except (ValueError, LookupError, AttributeError):
        return body.decode(errors="replace")
