"""The event of a function URL, payload format 2.0, and the HTTP answer that a function's result means.

Documented: Lambda Developer Guide, "Invoking Lambda function URLs", sections on request and response payloads.
Reported by captures of events: fields without a value are left out, and `accountId` of a public URL is "anonymous".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from local_emulator.timestamps import request_time

# Inferred: types of text reach the function as text, everything else in base64, as forms do (reported).
TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
TEXT_SUFFIXES = ("+json", "+xml")
# Inferred: headers of the connection are Lambda's own, whatever a function returns.
CONNECTION_HEADERS = ("connection", "content-length", "transfer-encoding")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UrlRequest:
    """A request of a function URL. `path` is raw; `headers` are pairs in the order of the request."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class UrlHost:
    """The host of a URL in AWS. `authorizer` describes the signer of a request, None for a public URL."""

    url_id: str
    region: str
    account_id: str
    authorizer: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.url_id}.lambda-url.{self.region}.on.aws"


class InvalidResultError(ValueError):
    """A result has `statusCode`, but it is no response."""


@dataclass(frozen=True, slots=True)
class UrlResponse:
    """The HTTP response that a result means."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def event_of(request: UrlRequest, host: UrlHost, request_id: str, trace_id: str, now: int) -> dict[str, Any]:
    """Returns the event; `now` is in epoch milliseconds."""
    headers = _headers(request, host, trace_id)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, host, request_id, now, headers.get("user-agent")),
        **_body(request.body, headers.get("content-type", "")),
    }
    if "cookie" in headers:
        event["cookies"] = [one.strip() for one in headers["cookie"].split(";") if one.strip()]
    if query := _joined(parse_qsl(request.query, keep_blank_values=True), ","):
        event["queryStringParameters"] = query
    return event


def _headers(request: UrlRequest, host: UrlHost, trace_id: str) -> dict[str, str]:
    """Returns the headers in lower case; several of a name are joined by commas, those of cookies by semicolons."""
    lower = [(name.lower(), value) for name, value in request.headers]
    cookies = "; ".join(value for name, value in lower if name == "cookie")
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-port": "443", "x-forwarded-for": request.source_ip}
    found = _joined(lower, ",") | forwarded | {"host": host.name, "x-amzn-trace-id": trace_id}
    return found | ({"cookie": cookies} if cookies else {})


def _context(request: UrlRequest, host: UrlHost, request_id: str, now: int, agent: str | None) -> dict[str, Any]:
    http = {"method": request.method, "path": request.path, "protocol": "HTTP/1.1", "sourceIp": request.source_ip}
    context: dict[str, Any] = {
        "accountId": host.account_id if host.authorizer else "anonymous",
        "apiId": host.url_id,
        "domainName": host.name,
        "domainPrefix": host.url_id,
        "http": http | ({"userAgent": agent} if agent is not None else {}),
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": request_time(now),
        "timeEpoch": now,
    }
    return context | ({"authorizer": {"iam": host.authorizer}} if host.authorizer else {})


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    if _is_text(content_type):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(TEXT_TYPES) or kind.endswith(TEXT_SUFFIXES)


def _joined(pairs: Iterable[tuple[str, str]], separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}{separator}{value}" if name in found else value
    return found


def response_of(result: Any) -> UrlResponse:
    """Returns the response. A result without `statusCode` is the JSON body of a 200. Raises InvalidResultError."""
    if not isinstance(result, dict) or "statusCode" not in result:
        text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        return UrlResponse(200, [("content-type", "application/json")], text.encode("utf-8", "replace"))
    cookies, headers = ([] if result.get("cookies") is None else result["cookies"]), result.get("headers")
    headers = {} if headers is None else headers
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise InvalidResultError("headers must be a mapping, and cookies a list")
    pairs = [(str(name).lower(), _text(value)) for name, value in headers.items()]
    if not any(name == "content-type" for name, _ in pairs):
        pairs.append(("content-type", "application/json"))
    pairs += [("set-cookie", str(cookie)) for cookie in cookies]
    if any(_CONTROL.search(name + value) for name, value in pairs):
        raise InvalidResultError("no header can hold a control character")  # RFC 9110, section 5.5
    sent = [pair for pair in pairs if pair[0] not in CONNECTION_HEADERS]
    return UrlResponse(_status(result["statusCode"]), sent, _body_of(result))


def _status(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or not 200 <= int(text) <= 599:
        raise InvalidResultError(f"statusCode is {value!r}, not a status")
    return int(text)


def _body_of(result: Mapping[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidResultError("body must be text")
    if result.get("isBase64Encoded") is not True:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise InvalidResultError("body is not base64") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
