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
    """Sends a request whose body is JSON. Raises EmulatorHttpError for a status from 400, and without an answer."""
    given = {"Content-Type": "application/json", **(headers or {})}
    connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout_seconds)
    try:
        connection.request(method, path, None if body is None else json.dumps(body).encode(), given)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        answer = HttpAnswer(response.status, fields, response.read())
    except (OSError, HTTPException) as problem:
        raise EmulatorHttpError(f"{method} {path}: the emulator does not answer: {problem}") from problem
    finally:
        connection.close()
    if answer.status >= 400:
        raise EmulatorHttpError(f"{method} {path}: {_reason(answer)}", answer.status)
    return answer


def _reason(answer: HttpAnswer) -> str:
    try:
        read = answer.json()
        return f"{answer.status}: {read.get('Message') or read['message']}"
    except (ValueError, LookupError, AttributeError):
        return f"{answer.status}: {answer.body.decode('utf-8', 'replace')}"
