"""Leads calls of the management API from their AWS-shaped hosts to the emulator.

Handlers build their endpoint from the event, as AWS's samples do: `https://{domainName}/{stage}`. No server answers
there, and moto would answer 200 to anything, so botocore's `before-send` event changes the address first.
"""

from __future__ import annotations

import importlib
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

HANDLERS = "botocore.handlers"
# Documented: {api-id}.execute-api.{region}.{suffix}; without an id it is what SDKs take when given no endpoint.
HOST = re.compile(r"(?:(?P<api>[^.]+)\.)?execute-api\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
# Documented: the host of a function URL.
URL_HOST = re.compile(r"[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws")
# Services that AWS's SDKs call without AWS_ENDPOINT_URL: version 2 of the one for JavaScript, and plain HTTP clients.
SERVICE_HOST = re.compile(
    r"(?:[a-z0-9.-]+\.)?(?:cognito-idp|dynamodb|events|kms|lambda|logs|s3|scheduler|secretsmanager|sns|sqs|ssm|states|sts)"
    r"(?:[.-][a-z0-9-]+)?\.amazonaws\.com"
)

# SDKs put the prefix of some actions before the host, such as `sync-` of StartSyncExecution, also before an address.
PREFIXED = re.compile(r"[a-z][a-z0-9.-]*[.-]127\.0\.0\.1", re.IGNORECASE)

# Stands for the hosts between the look-up of a name and the connection; no system routes it beyond the machine.
PLACE = "127.83.0.1"


class Redirection:
    """A handler of botocore's `before-send`.

    `base_url` is the emulator's. `apis` gives the path of each API by its id; an unknown id is led to the emulator
    too, which forbids it as AWS does. `default` is the path of the only stage there is, None if there are more.
    """

    def __init__(self, base_url: str, apis: Mapping[str, str], default: str | None = None) -> None:
        self._base_url = base_url
        self._apis = apis
        self._default = default
        self._direct: Any = None
        self._has_proxy: bool | None = None

    def __call__(self, request: Any, **event: object) -> Any:
        """Changes the request's address; botocore sends it unless something else than None is returned."""
        address = self.address(request.url)
        if address is None:
            return None
        request.url = address
        if self._has_proxy is None:  # asked once: it looks at every variable of the environment
            self._has_proxy = "http" in getproxies()
        # A client has its proxies from its first address, and a proxy cannot reach this machine's loopback.
        return self._send(request) if self._has_proxy else None

    def address(self, url: str) -> str | None:
        """Returns the local address for `url`, or None if it is no management API. Raises EndpointConnectionError."""
        parts = urlsplit(url)
        host = HOST.fullmatch(parts.hostname or "")
        if host is None:
            return None
        api = host["api"]
        prefix = self._apis.get(api, f"/{api}") if api else self._default
        if prefix is None:
            from botocore.exceptions import EndpointConnectionError

            # Inferred: the host without an API's id does not resolve.
            raise EndpointConnectionError(endpoint_url=url)
        return f"{self._base_url}{prefix}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def install(self) -> None:
        """Covers every botocore session made from now on.

        First of all handlers: moto's, registered at its import, answers whatever comes to it.
        """
        handlers = importlib.import_module(HANDLERS)
        handlers.BUILTIN_HANDLERS.insert(0, ("before-send", self, handlers.REGISTER_FIRST))

    def remove(self) -> None:
        handlers = importlib.import_module(HANDLERS)
        handlers.BUILTIN_HANDLERS[:] = [one for one in handlers.BUILTIN_HANDLERS if one[1] is not self]

    def _send(self, request: Any) -> Any:
        if self._direct is None:
            from botocore.httpsession import URLLib3Session

            self._direct = URLLib3Session(proxies={}, max_pool_connections=50)
        return self._direct.send(request)


def is_api_host(host: str) -> bool:
    """Returns True for the host of an API or a function URL; without an id the host does not resolve."""
    match = HOST.fullmatch(host.lower())
    return URL_HOST.fullmatch(host.lower()) is not None or (match is not None and match["api"] is not None)


def is_service_host(host: str) -> bool:
    """Returns True for the host of one of AWS's services that the emulator has."""
    return SERVICE_HOST.fullmatch(host.lower()) is not None


def lead_sockets(port: int) -> None:
    """Leads connections of this process to a host of an API or service to a TLS server on loopback.

    Clients look a name up and connect to what they get; some keep the port that they had.
    """
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        name = host.decode("latin-1") if isinstance(host, bytes) else str(host)
        if PREFIXED.fullmatch(name):
            return look_up("127.0.0.1", *more, **named)
        return look_up(PLACE if is_api_host(name) or is_service_host(name) else host, *more, **named)

    socket.getaddrinfo = getaddrinfo
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _connecting(getattr(socket.socket, name), ("127.0.0.1", port)))


def _connecting(connect: Any, server: tuple[str, int]) -> Any:
    def connect_led(self: Any, address: Any) -> Any:
        is_led = isinstance(address, tuple) and address[:1] == (PLACE,)
        return connect(self, server if is_led else address)

    return connect_led
