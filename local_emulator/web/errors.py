"""Refused HTTP requests: one exception, turned into a response in one place.

AWS's SDKs identify an error by its `x-amzn-ErrorType` header: without it botocore raises no GoneException for a 410.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web


class RefusedRequestError(Exception):
    """A request is refused. `body` is JSON text, "" for none; `reason` is for the console, not for the client."""

    def __init__(
        self,
        status: int,
        error_type: str | None = None,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        reason: object = None,
    ) -> None:
        super().__init__(f"{status} {error_type or ''}".strip())
        self.status = status
        self.error_type = error_type
        self.body = body
        self.reason = reason
        self.retry_after_seconds: int | None = None
        self._more_headers = dict(headers or {})

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response; a response without a body has no content type."""
        headers = self._more_headers | ({"x-amzn-ErrorType": self.error_type} if self.error_type else {})
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = str(self.retry_after_seconds)
        return {**headers, "Content-Type": "application/json"} if self.body else headers

    def response(self) -> web.Response:
        return web.Response(
            status=self.status, reason=_phrase(self.status), headers=self.headers, body=self.body.encode()
        )


def another_website(problem: str) -> RefusedRequestError:
    """Pages of other websites may not call AWS's APIs here. AWS needs no such rule, since it verifies signatures."""
    return refusal(403, "ForbiddenException", f"Forbidden: {problem}", reason=problem)


def refusal(status: int, error_type: str, message: str, reason: object = None) -> RefusedRequestError:
    """Returns a refusal whose JSON body has the one member `message`. Reported: without a space between them."""
    body = json.dumps({"message": message}, separators=(",", ":"))
    return RefusedRequestError(status, error_type, body, reason=reason)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
