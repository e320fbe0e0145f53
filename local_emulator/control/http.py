"""HTTP requests to a controlled emulator, without proxies and without a library that a test may have patched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from local_emulator.control.errors import EmulatorHttpError

TIMEOUT_SECONDS = 30.0
INVOKE_SECONDS = 900.0  # documented: no function runs longer


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer to a request; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"null")


def send(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> HttpAnswer:
    """Sends a request with a body of JSON, or of the given bytes.

    Raises EmulatorHttpError for a status from 400, and without an answer.
    """
    given = {"Content-Type": "application/json", **(headers or {})}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout_seconds)
    try:
        connection.request(method, path, data, given)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        answer = HttpAnswer(response.status, fields, response.read())
    except (OSError, HTTPException) as problem:
        message = f"{method} {path}: the emulator does not answer: {problem}"
        raise EmulatorHttpError(message, reason=str(problem)) from problem
    finally:
        connection.close()
    if answer.status >= 400:
        reason = _reason(answer)
        raise EmulatorHttpError(f"{method} {path}: {answer.status}: {reason}", answer.status, reason)
    return answer


def _reason(answer: HttpAnswer) -> str:
    """Returns the reason that the emulator's JSON gives, or the body of another server that has the port."""
    try:
        read = answer.json()
        return str(read.get("problem") or read.get("Message") or read["message"])
    except (ValueError, LookupError, AttributeError):
        return answer.body.decode("utf-8", "replace")
