"""The handshake of a client: its token, in one of three places, its Origin and its subprotocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SUBPROTOCOL = "upload-progress.v1"
BEARER_SUBPROTOCOL = "bearer."
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class HandshakeRules(NamedTuple):
    """The conditions of a connection besides a valid token."""

    allowed_origins: frozenset[str] = frozenset()
    allow_query_token: bool = False
    viewer_host_header: str | None = None

    def refuses_origin(self, handshake: Handshake) -> bool:
        """Returns True if the handshake comes from a web page that is not allowed.

        Browsers send Origin with every WebSocket handshake and pages cannot forge it (RFC 6455, section 10.2). A
        missing or empty Origin means that the client is no browser. Some programs send the address that they connect
        to, so an Origin of the API's own host is allowed.
        """
        origin = handshake.origin
        return bool(origin) and origin not in self.allowed_origins and not self._is_own(origin or "", handshake)

    def _is_own(self, origin: str, handshake: Handshake) -> bool:
        """Returns True for the API's own host: `Host`, or behind a proxy the `viewer_host_header`."""
        scheme, _, host = origin.partition("://")
        names = {handshake.only_value(name) for name in ("host", self.viewer_host_header) if name}
        own = {_without_default_port(name) for name in names if name}
        return scheme in ("http", "https") and _without_default_port(host) in own


class Handshake(NamedTuple):
    """The parts of a `$connect` event that are read; header names in lower case, each with all its values."""

    headers: Mapping[str, Sequence[str]]
    query: Mapping[str, str]

    def only_value(self, name: str) -> str | None:
        """Returns the value of a header; None if it is absent or there are several."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    @property
    def origin(self) -> str | None:
        return next(iter(self.headers.get("origin", ())), None)

    @property
    def subprotocols(self) -> list[str]:
        """The offers of the client, in its order (RFC 6455, section 11.3.4: one header or several)."""
        values = ",".join(self.headers.get("sec-websocket-protocol", ()))
        return [value.strip() for value in values.split(",") if value.strip()]

    @property
    def chosen_subprotocol(self) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in self.subprotocols else None

    @property
    def has_foreign_subprotocols(self) -> bool:
        """Returns True if the client offers subprotocols, but none that is supported.

        Browsers and many libraries fail a connection that selects none of their offers (WHATWG WebSockets Standard,
        "establish a WebSocket connection"), and give no reason.
        """
        return bool(self.subprotocols) and self.chosen_subprotocol is None

    @property
    def user_agent(self) -> str | None:
        return next((value[:256] for value in self.headers.get("user-agent", ())), None)

    def token(self, rules: HandshakeRules) -> str | None:
        """Returns the token from the safest place that has one: header, subprotocol and, if allowed, the URL."""
        return self._bearer_header() or self._bearer_subprotocol() or self._query_token(rules)

    def _bearer_header(self) -> str | None:
        scheme, _, credentials = next(iter(self.headers.get("authorization", ())), "").partition(" ")
        return credentials.strip() or None if scheme.lower() == "bearer" else None

    def _bearer_subprotocol(self) -> str | None:
        bearers = [
            one.removeprefix(BEARER_SUBPROTOCOL) for one in self.subprotocols if one.startswith(BEARER_SUBPROTOCOL)
        ]
        return bearers[0] or None if bearers else None

    def _query_token(self, rules: HandshakeRules) -> str | None:
        return self.query.get("token") or None if rules.allow_query_token else None


def normalize_origin(text: str) -> str:
    """Returns an origin as browsers write it: in lower case, without a slash at the end or the scheme's default port.

    Source: RFC 6454 section 6.2; WHATWG URL Standard, "serialization of an origin".
    """
    scheme, separator, host = text.strip().lower().removesuffix("/").partition("://")
    return scheme + separator + host.removesuffix(_DEFAULT_PORTS.get(scheme, ""))


def _without_default_port(host: str) -> str:
    """Returns the host in lower case without the default port (RFC 6454 section 6.2, RFC 9110 section 7.2)."""
    return host.lower().removesuffix(":443").removesuffix(":80")
