"""Request parameters of an integration: headers, query string and path of the request to its backend.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html. From documentation of REST
APIs: the targets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_emulator.apigateway.mapping.java_text import java_text
from local_emulator.apigateway.rules.selection_expressions import value_of

_TARGET = re.compile(r"integration\.request\.(header|querystring|path)\.([A-Za-z0-9._$-]+)")
_CONSTANT = re.compile(r"'([^']*)'")
_SOURCE = re.compile(
    r"(?:route\.request\.(?:(?:multivalue)?(?:header|querystring)\.[A-Za-z0-9._$-]+|body(?:\.[^\s]+)?)"
    r"|(?:stageVariables|context)\.[A-Za-z0-9._$-]+)"
)


class InvalidRequestParameterError(ValueError):
    """A request parameter has a target or a source that API Gateway does not know; the message names it."""


@dataclass(frozen=True, slots=True)
class ParameterValues:
    """The values of the parameters of one request, by name."""

    header: dict[str, str] = field(default_factory=dict)
    querystring: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)


class RequestParameters:
    """The request parameters of one integration. Raises InvalidRequestParameterError."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        self._declared = [(*_target(target), _source(source)) for target, source in declared.items()]

    def values(self, sources: Mapping[str, Any]) -> ParameterValues:
        """Returns the values; a source without a value makes no parameter (inferred)."""
        found = ParameterValues()
        for place, name, source in self._declared:
            value = source if isinstance(source, str) else _text(value_of(sources, source))
            if value is not None:
                getattr(found, place)[name] = value
        return found


def _target(target: str) -> tuple[str, str]:
    found = _TARGET.fullmatch(target)
    if found is None:
        raise InvalidRequestParameterError(
            f"{target!r} must be integration.request.header.NAME, .querystring.NAME or .path.NAME"
        )
    return found[1], found[2]


def _source(source: str) -> str | tuple[str, ...]:
    if constant := _CONSTANT.fullmatch(source):
        return constant[1]
    if not _SOURCE.fullmatch(source):
        raise InvalidRequestParameterError(
            f"{source!r} must be route.request.header.NAME, .querystring.NAME or .body.PATH, context.NAME, "
            "stageVariables.NAME, or a constant in single quotes"
        )
    return _path(source)


def _path(source: str) -> tuple[str, ...]:
    """Returns the names of a source; the name of a header may hold dots."""
    head = re.match(r"(route\.request\.(?:multivalue)?(?:header|querystring)|stageVariables)\.(.+)", source)
    return (*head[1].split("."), head[2]) if head else tuple(source.split("."))


def _text(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None if value is None else java_text(value)
