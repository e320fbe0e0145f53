"""What a handshake brings with it: a token, in one of three places, and perhaps the Origin of a web page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SUBPROTOCOL = "upload-progress.v1"
BEARER_SUBPROTOCOL = "bearer."


@dataclass(frozen=True, slots=True)
class HandshakeRules:
    """Who may connect, besides having a valid token."""

    allowed_origins: frozenset[str] = frozenset()
    allow_query_token: bool = False
    viewer_host_header: str | None = None

    def refuses_origin(self, handshake: Handshake) -> bool:
        """Returns whether the handshake comes from a web page that is not allowed.

        Browsers send Origin with every WebSocket handshake and pages cannot forge it (RFC 6455, section 10.2). No
        Origin, or an empty one, means that no browser asks. Some programs send the address that they dial: an Origin
        of the API's own host comes from no foreign page.
        """
        origin = handshake.origin
        return bool(origin) and origin not in self.allowed_origins and not self._is_own(origin or "", handshake)

    def _is_own(self, origin: str, handshake: Handshake) -> bool:
        """The API's host is `Host`. Behind a proxy with a name of its own, it is in `viewer_host_header` as well."""
        scheme, _, host = origin.partition("://")
        names = {handshake.only_value(name) for name in ("host", self.viewer_host_header) if name}
        own = {_without_default_port(name) for name in names if name}
        return scheme in ("http", "https") and _without_default_port(host) in own


@dataclass(frozen=True, slots=True)
class Handshake:
    """The parts of a `$connect` event that we read; header names in lower case, each with all its values."""

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
        """What the client offers, in its order (RFC 6455, section 11.3.4: one header or several)."""
        values = ",".join(self.headers.get("sec-websocket-protocol", ()))
        return [value.strip() for value in values.split(",") if value.strip()]

    @property
    def chosen_subprotocol(self) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in self.subprotocols else None

    @property
    def has_foreign_subprotocols(self) -> bool:
        """Returns whether the client offers subprotocols but no version of ours.

        Browsers and many libraries fail a connection that takes none of their offers (WHATWG WebSockets Standard,
        "establish a WebSocket connection"), and do not say why.
        """
        return bool(self.subprotocols) and self.chosen_subprotocol is None

    @property
    def user_agent(self) -> str | None:
        return next((value[:256] for value in self.headers.get("user-agent", ())), None)

    def token(self, rules: HandshakeRules) -> str | None:
        """The token from the safest place that has one: header, subprotocol, and last, if allowed, the URL."""
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


def _without_default_port(host: str) -> str:
    """RFC 6454 section 6.2 and RFC 9110 section 7.2: the default port may be written or not. Hosts have no case."""
    return host.lower().removesuffix(":443").removesuffix(":80")
