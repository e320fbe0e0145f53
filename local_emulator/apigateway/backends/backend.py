"""The request to an integration's backend, and its response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local_emulator.apigateway.rules.request_scope import RequestScope


@dataclass(frozen=True, slots=True)
class BackendRequest:
    """A request with its body mapped. `scope` is the request of the client."""

    body: str
    scope: RequestScope
    header: Mapping[str, str] = field(default_factory=dict)
    querystring: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackendResponse:
    """A response. `selected_by` is what the keys of integration responses are matched against."""

    status: int
    body: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    selected_by: str = ""


class BackendError(Exception):
    """The backend gives no response, or refuses the request; the message says why."""


class Backend(Protocol):
    """Answers the requests of one integration."""

    async def call(self, request: BackendRequest) -> BackendResponse:
        """Returns the response. Raises BackendError."""
