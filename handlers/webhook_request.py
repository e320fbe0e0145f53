"""Reads the requests of a function URL that are webhooks.

Source: Lambda Developer Guide, "Invoking Lambda function URLs", payload format 2.0.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_BODY_BYTES = 256 * 1024


class RefusedWebhookError(Exception):
    """A request is refused with `status`; the text is the reason, for the sender and the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    @property
    def answer(self) -> dict[str, Any]:
        """Returns the HTTP answer."""
        more = {"Allow": "POST"} if self.status == 405 else {}
        return answer(self.status, {"message": str(self)}, more)


class WebhookRequest(NamedTuple):
    """The headers, in lower case, and the body of a request."""

    headers: Mapping[str, str]
    body: bytes

    def value(self) -> object:
        """Returns the JSON value of the body. Raises RefusedWebhookError: 400."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise RefusedWebhookError(400, "the body is not JSON") from None


def read_request(event: Mapping[str, Any]) -> WebhookRequest:
    """Returns the request of an event. Raises RefusedWebhookError: 405, or 413 before the body is decoded."""
    if event["requestContext"]["http"]["method"] != "POST":
        raise RefusedWebhookError(405, "webhooks are sent with POST")
    text, is_base64 = event.get("body") or "", event.get("isBase64Encoded") is True
    if (len(text) // 4 * 3 - 2 if is_base64 else len(text)) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        body = base64.b64decode(text, validate=True) if is_base64 else text.encode(errors="replace")
    except binascii.Error:
        raise RefusedWebhookError(400, "the body is not base64") from None
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return WebhookRequest(event.get("headers") or {}, body)


def answer(status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Returns a response with a JSON body."""
    typed = {"Content-Type": "application/json", **(headers or {})}
    return {"statusCode": status, "headers": typed, "body": json.dumps(content)}


def _too_large() -> RefusedWebhookError:
    return RefusedWebhookError(413, f"the body has more than {MAX_BODY_BYTES} bytes")
