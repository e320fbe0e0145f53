"""The backend of HTTP and HTTP_PROXY integrations: an HTTP endpoint on this machine, or on a host that is allowed.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote, urlencode, urlsplit

from local_emulator.apigateway.backends.backend import BackendError, BackendRequest, BackendResponse
from local_emulator.apigateway.backends.http_call import send
from local_emulator.apigateway.rules.request_scope import RequestScope
from local_emulator.deployment import Integration

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9._$-]+)\+?\}")
_HOP_HEADERS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})


class HttpBackend:
    """Sends requests to the integration's URI. A proxy passes headers and query string of a handshake on."""

    def __init__(self, integration: Integration, is_proxy: bool) -> None:
        self._integration, self._is_proxy = integration, is_proxy

    async def call(self, request: BackendRequest) -> BackendResponse:
        """Returns the response. Raises BackendError."""
        scope, is_connect = request.scope, bool(request.scope.header)
        method = self._integration.method
        if method == "ANY":
            # Unknown: the method of a message. A handshake is a GET.
            method = "GET" if is_connect else "POST"
        body = None if method in ("GET", "HEAD") else request.body
        return await send(method, self._url(request), self._headers(request, scope), body)

    def _url(self, request: BackendRequest) -> str:
        uri = _PLACEHOLDER.sub(lambda found: _filled(found[1], request), self._integration.uri)
        forwarded = request.scope.multi_value_querystring if self._is_proxy else {}
        pairs = [(name, value) for name, values in forwarded.items() for value in values]
        query = urlencode([*pairs, *request.querystring.items()])
        return uri if not query else f"{uri}{'&' if '?' in uri else '?'}{query}"

    def _headers(self, request: BackendRequest, scope: RequestScope) -> Iterator[tuple[str, str]]:
        own = {name.lower() for name in request.header}
        yield from request.header.items()
        yield from _others(own, [("User-Agent", f"AmazonAPIGateway_{scope.context.get('apiId')}")])
        yield from _others(own, [("Content-Type", "application/json")])
        if self._is_proxy:
            # Reported: a handshake's headers are passed on, Sec-WebSocket-Version among them.
            taken = own | _HOP_HEADERS | {"user-agent", "content-type"}
            yield from _others(taken, [(name, one) for name, all in scope.multi_value_header.items() for one in all])


def _others(taken: Collection[str], headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in taken)


def _filled(name: str, request: BackendRequest) -> str:
    if name not in request.path:
        raise BackendError(f"its URI has {{{name}}}, and integration.request.path.{name} has no value")
    return quote(request.path[name], safe="")


def host_problem(uri: str, allowed: Collection[str]) -> str | None:
    """Returns the reason for which a URI cannot be called from here, None if it can.

    Loopback is allowed, and a host of `allowed`, with or without its port.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError as problem:
        return f"its URI {uri!r} is no URL: {problem}"
    if parts.scheme not in ("http", "https") or not host:
        return f"its URI {uri!r} must begin with http:// or https:// and a host"
    if "{" in parts.netloc or parts.username is not None:
        return f"its URI {uri!r} has a placeholder or a user in its host"
    name = f"[{host}]" if ":" in host else host
    port = port or {"http": 80, "https": 443}[parts.scheme]
    is_loopback = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    if is_loopback or name in allowed or f"{name}:{port}" in allowed:
        return None
    return f"its host {host} is not this machine; --allow-host {name} lets the emulator call it"
