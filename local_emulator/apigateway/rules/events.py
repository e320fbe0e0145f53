"""The events that API Gateway passes to the functions behind a WebSocket API.

Shapes come from AWS's mapping-template reference, its Lambda authorizer page and public captures. Absent keys
matter as much: no key is ever null, a MESSAGE has no headers, a $disconnect has four.
Times are in epoch milliseconds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from local_emulator.timestamps import request_time
from local_emulator.web.browser_guard.rules import is_private

Event = dict[str, Any]
Pairs = list[tuple[str, str]]

# Reported: $connect does not show these. Documented: the authorizer sees them, with these very values.
_HOP_HEADERS = (("Connection", "upgrade"), ("content-length", "0"), ("Upgrade", "websocket"))
_HOP_NAMES = frozenset(name.lower() for name, _ in _HOP_HEADERS)

# The gateway writes these itself; what a client sends under their names does not reach a function (inferred).
_GATEWAY_NAMES = frozenset({"host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"})


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """A client's request to open a connection: headers in wire order and case, the raw query string."""

    headers: tuple[tuple[str, str], ...]
    query_string: str
    source_ip: str
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """The constant facts of a connection, which all of its events repeat."""

    api_id: str
    stage: str
    domain_name: str
    connection_id: str
    connected_at: int
    source_ip: str
    user_agent: str | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    shows_stage_variables: bool = True


def connect_method_arn(region: str, account_id: str, api_id: str, stage: str) -> str:
    """Returns the ARN that an authorizer's policy must allow. Documented."""
    return f"arn:aws:execute-api:{region}:{account_id}:{api_id}/{stage}/$connect"


def authorizer_event(
    facts: ConnectionFacts, handshake: HandshakeRequest, method_arn: str, *, request_id: str, now: int
) -> Event:
    """Returns the event of a REQUEST authorizer, which runs before $connect.

    It has the hop headers that $connect lacks, always `stageVariables`, and no `isBase64Encoded`. Documented:
    docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html.
    Reported, by a capture of January 2025: without a query both its maps are there, and empty.
    """
    headers = [*_headers(facts, handshake), *_HOP_HEADERS]
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        **_header_maps(headers),
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        **_query_maps(handshake.query_string),
        "stageVariables": dict(facts.stage_variables),
        "requestContext": _context(facts, "$connect", "CONNECT", {}, request_id=request_id, now=now),
    }


def connect_event(
    facts: ConnectionFacts,
    handshake: HandshakeRequest,
    authorizer: Mapping[str, str] | None,
    *,
    request_id: str,
    now: int,
    integration_latency: int | None = None,
) -> Event:
    """Returns the event of $connect: the only one with the client's headers and query string (reported).

    `authorizer` is `principalId` and the context, None if no authorizer ran. `integration_latency` is its duration in
    milliseconds; no other event has it (reported).
    """
    extra = _authorizer(authorizer)
    if extra and integration_latency is not None:
        extra["authorizer"]["integrationLatency"] = integration_latency
    return {
        **_header_maps(_headers(facts, handshake)),
        **_query_maps(handshake.query_string),
        **_stage_variables(facts),
        "requestContext": _context(facts, "$connect", "CONNECT", extra, request_id=request_id, now=now),
        "isBase64Encoded": False,
    }


def message_event(
    facts: ConnectionFacts,
    route_key: str,
    body: str,
    authorizer: Mapping[str, str] | None,
    *,
    message_id: str,
    request_id: str,
    now: int,
) -> Event:
    """Returns the event of one text message: the frame verbatim, no headers and no query string (reported)."""
    extra = {**_authorizer(authorizer), "messageId": message_id}
    return {
        **_stage_variables(facts),
        "requestContext": _context(facts, route_key, "MESSAGE", extra, request_id=request_id, now=now),
        "body": body,
        # Documented: a binary frame closes the connection with 1003 and reaches no function.
        "isBase64Encoded": False,
    }


def disconnect_event(
    facts: ConnectionFacts,
    code: int,
    reason: str,
    authorizer: Mapping[str, str] | None,
    *,
    host: str,
    request_id: str,
    now: int,
) -> Event:
    """Returns the event of $disconnect. Reported, many captures: exactly these four headers, empty but for `Host`."""
    headers = [("Host", host), ("x-api-key", ""), ("X-Forwarded-For", ""), ("x-restapi", "")]
    extra = {"disconnectStatusCode": code, "disconnectReason": reason, **_authorizer(authorizer)}
    return {
        **_header_maps(headers),
        **_stage_variables(facts),
        "requestContext": _context(facts, "$disconnect", "DISCONNECT", extra, request_id=request_id, now=now),
        "isBase64Encoded": False,
    }


def _context(
    facts: ConnectionFacts, route_key: str, event_type: str, extra: Event, *, request_id: str, now: int
) -> Event:
    return {
        "routeKey": route_key,
        **extra,
        "eventType": event_type,
        # Documented: the extended request id is the request id.
        "extendedRequestId": request_id,
        "requestTime": request_time(now),
        "messageDirection": "IN",
        "stage": facts.stage,
        "connectedAt": facts.connected_at,
        "requestTimeEpoch": now,
        "identity": _identity(facts),
        "requestId": request_id,
        "domainName": facts.domain_name,
        "connectionId": facts.connection_id,
        "apiId": facts.api_id,
    }


def _identity(facts: ConnectionFacts) -> dict[str, str]:
    # Reported: a client that sends no User-Agent leaves no key behind, not a null.
    agent = {} if facts.user_agent is None else {"userAgent": facts.user_agent}
    return {**agent, "sourceIp": facts.source_ip}


def _authorizer(authorizer: Mapping[str, str] | None) -> Event:
    # Reported: the key is there only if a Lambda authorizer ran.
    return {} if authorizer is None else {"authorizer": dict(authorizer)}


def _stage_variables(facts: ConnectionFacts) -> Event:
    # Reported: no key where the stage has no variables, and the key where it has some; the latter never captured.
    shown = facts.stage_variables and facts.shows_stage_variables
    return {"stageVariables": dict(facts.stage_variables)} if shown else {}


def _headers(facts: ConnectionFacts, handshake: HandshakeRequest) -> Pairs:
    own = [(name, value) for name, value in handshake.headers if name.lower() not in _HOP_NAMES | _GATEWAY_NAMES]
    return [
        *((name, _of_the_api(value, facts, handshake) if name.lower() == "origin" else value) for name, value in own),
        # Reported: in every capture Host is the domainName of the same event.
        ("Host", facts.domain_name),
        ("X-Amzn-Trace-Id", _sent(handshake, "x-amzn-trace-id") or _trace_id(facts)),
        (
            "X-Forwarded-For",
            ", ".join(filter(None, (_sent(handshake, "x-forwarded-for"), handshake.source_ip))),
        ),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _of_the_api(origin: str, facts: ConnectionFacts, handshake: HandshakeRequest) -> str:
    """Inferred: a program that sends the address that it dials as Origin would dial the API's domain in AWS.

    A name that a website may own is left alone: it may lead here by DNS rebinding.
    """
    scheme, _, host = origin.lower().partition("://")
    dialled = _sent(handshake, "host")
    is_own = scheme in ("http", "https") and host == dialled.lower() and is_private(dialled)
    return f"https://{facts.domain_name}" if is_own else origin


def _sent(handshake: HandshakeRequest, name: str) -> str:
    return ", ".join(value for sent, value in handshake.headers if sent.lower() == name)


def _trace_id(facts: ConnectionFacts) -> str:
    """Returns one trace per handshake in X-Ray's format: the seconds, then 96 bits."""
    digest = hashlib.sha256(facts.connection_id.encode()).hexdigest()
    return f"Root=1-{facts.connected_at // 1000:08x}-{digest[:24]}"


def _header_maps(headers: Iterable[tuple[str, str]]) -> Event:
    """Both maps of headers, sorted as in the captures; a name sent in two cases is one name (inferred)."""
    names: dict[str, str] = {}
    first = ((names.setdefault(name.lower(), name), value) for name, value in headers)
    merged = sorted(first, key=lambda pair: pair[0].lower())
    return {"headers": dict(merged), "multiValueHeaders": _grouped(merged)}


def _query_maps(query_string: str) -> Event:
    """Both maps of the query string; no key without one, and the last of a repeated name wins (reported).

    Inferred from REST APIs: percent-encoding and `+` are decoded, a name without a value has the value "".
    """
    pairs = parse_qsl(query_string, keep_blank_values=True)
    if not pairs:
        return {}
    return {"queryStringParameters": dict(pairs), "multiValueQueryStringParameters": _grouped(pairs)}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups
