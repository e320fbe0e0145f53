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

    def refuses_origin(self, origin: str | None) -> bool:
        """Whether a page of this origin must be refused; no Origin means that no browser is asking.

        Browsers send Origin with every WebSocket handshake and pages cannot forge it (RFC 6455, section 10.2).
        """
        return origin is not None and origin not in self.allowed_origins


@dataclass(frozen=True, slots=True)
class Handshake:
    """The parts of a `$connect` event that we read; header names in lower case, each with all its values."""

    headers: Mapping[str, Sequence[str]]
    query: Mapping[str, str]

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
