"""The refusals of API Gateway: handshakes and `@connections`. Each carries the reason, which no client gets.

Statuses of `@connections`: the service model of ApiGatewayManagementApi.
"""

from __future__ import annotations

import json
from functools import partial

from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.trace_id import new_root
from local_emulator.web.errors import RefusedRequestError, refusal

unauthorized = partial(refusal, 401, "UnauthorizedException", "Unauthorized")
"""The identity is missing, or the authorizer raised "Unauthorized". Documented."""

authorizer_failed = partial(refusal, 500, "AuthorizerConfigurationException", "Internal server error")
"""The authorizer failed, or its result cannot be used. Reported: 500; the type is REST's (reported)."""

access_denied = partial(refusal, 403, "AccessDeniedException", "User is not authorized to access this resource")
"""The authorizer's policy does not allow the connection. Documented as 403; the wording is REST's (inferred)."""

upgrade_required = partial(refusal, 426, "UpgradeRequiredException", "Upgrade Required")
"""A plain request to a WebSocket API. Reported, weakly."""

bad_handshake = partial(refusal, 400, "BadRequestException", "Bad Request")
"""Version or key of the handshake are wrong (RFC 6455, section 4.2.1)."""

integration_timed_out = partial(refusal, 504, "GatewayTimeoutException", "Endpoint request timed out")
"""Inferred from API Gateway's table of gateway responses: 504."""

forbidden = partial(refusal, 403, "ForbiddenException", "Forbidden")
"""Wrong stage, wrong API, wrong API key or no permission. Reported."""

missing_authentication_token = partial(
    refusal, 403, "MissingAuthenticationTokenException", "Missing Authentication Token"
)
"""The call is not signed. Inferred from REST APIs; not captured for @connections."""

payload_too_large = partial(refusal, 413, "PayloadTooLargeException", "Message too large")
"""More than 128 KB were posted. Documented: status and type. Unknown: the wording."""

limit_exceeded = partial(refusal, 429, "LimitExceededException", "Too Many Requests")
"""Too many calls, or the client reads too slowly. Documented: status and type. Unknown: the wording."""

internal_failure = partial(refusal, 500, "InternalServerErrorException", "Internal server error")
"""The gateway itself failed, which AWS's SDKs retry. Inferred: any AWS service may answer so."""

too_many_requests = partial(refusal, 429, "TooManyRequestsException", "Too Many Requests")
"""The handshake was throttled. Reported: 429; the wording is REST's (inferred)."""

url_too_long = partial(refusal, 414, "RequestTooLargeException", "URI Too Long")
"""The URL has more than 4096 characters. Documented as a quota; the status is inferred (RFC 9110, 15.5.15)."""

headers_too_large = partial(refusal, 431, "RequestTooLargeException", "Request Header Fields Too Large")
"""The headers are larger than 10 240 bytes. Inferred from HTTP APIs, as is the status."""

not_integrated = internal_failure
"""$connect has no function that can be invoked, or Lambda refused the call. Inferred: 500, as for REST APIs."""


def not_mapped(problem: str, reason: Reason) -> RefusedRequestError:
    """The integration of $connect cannot run here, or cannot be mapped. Inferred: 500; AWS gives no reason."""
    body = json.dumps({"message": "Internal server error", "reason": problem})
    return RefusedRequestError(500, "InternalServerErrorException", body, reason=reason)


def status_of_connect(status: int, reason: Reason) -> RefusedRequestError:
    """$connect returned no success: the handshake gets its status. Reported; its body and headers are dropped."""
    return RefusedRequestError(status, reason=reason)


def bad_integration(reason: Reason | None = None, status: int = 502) -> RefusedRequestError:
    """$connect failed (reported: 502), or answered nothing usable (inferred)."""
    return refusal(status, "BadGatewayException", "Internal server error", reason=reason)


def gone(reason: Reason | None = None) -> RefusedRequestError:
    """The connection is closed, never existed, or is still in its $connect. Reported: an empty body, these headers."""
    headers = {"Content-Type": "application/json", "x-amzn-trace-id": new_root()}
    return RefusedRequestError(410, "GoneException", headers=headers, reason=reason)


def invalid_connection_id(connection_id: str, reason: Reason | None = None) -> RefusedRequestError:
    """The text is not shaped as a connection id. Reported; not in the model, so SDKs raise a generic error."""
    return refusal(400, "BadRequestException", f"Invalid connectionId: {connection_id}", reason=reason)


def incomplete_signature(problem: str, reason: Reason | None = None) -> RefusedRequestError:
    """The signature is not well-formed. Inferred from REST APIs; AWS uses another wording."""
    return refusal(403, "IncompleteSignatureException", problem, reason=reason)
