"""Identity sources: the values that a handshake must have before its authorizer is invoked.

Documented, as for the authorizers of REST APIs: headers, query string parameters, stage variables and context
variables, such as `route.request.header.Auth` or `context.identity.sourceIp`
(docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from local_emulator.apigateway.rules.events import Event

# Reported: AWS refuses names of other characters (github.com/aws/aws-cdk/issues/18307).
SOURCE: Final = re.compile(
    r"(route\.request\.header|route\.request\.querystring|stageVariables|context)\.([A-Za-z0-9._-]+)"
)


def is_identity_source(source: str) -> bool:
    """Returns True if API Gateway has such a source."""
    return SOURCE.fullmatch(source) is not None


def missing_source(sources: tuple[str, ...], event: Event, *, headers_have_case: bool = False) -> str | None:
    """Returns the first source that is absent or empty, None if all have values.

    Documented: without one of them the handshake gets 401 and the function is not called. `event` is the authorizer's.
    """
    for source in sources:
        if _value(source, event, headers_have_case) in (None, ""):
            return source
    return None


def _value(source: str, event: Event, headers_have_case: bool) -> object:
    found = SOURCE.fullmatch(source)
    if found is None:
        return None
    kind, name = found.groups()
    if kind == "route.request.header":
        # Those that API Gateway adds count too: public authorizers ask for X-Forwarded-Proto alone.
        return _header(event["headers"], name, headers_have_case)
    if kind == "route.request.querystring":
        return event["queryStringParameters"].get(name)
    if kind == "stageVariables":
        return event["stageVariables"].get(name)
    return _context(event["requestContext"], name)


def _header(headers: Mapping[str, str], name: str, has_case: bool) -> str | None:
    if has_case:
        return headers.get(name)
    return {sent.lower(): value for sent, value in headers.items()}.get(name.lower())


def _context(context: Mapping[str, Any], path: str) -> object:
    value: object = context
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
