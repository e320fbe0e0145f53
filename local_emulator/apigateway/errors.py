"""The refusals of API Gateway: handshakes and `@connections`. Each carries the reason, which no client gets.

Statuses of `@connections`: the service model of ApiGatewayManagementApi.
"""

from __future__ import annotations

import json

from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.trace_id import new_root
from local_emulator.web.errors import RefusedRequestError, refusal


def not_integrated(reason: Reason | None = None) -> RefusedRequestError:
    """$connect has no function that can be invoked, or Lambda refused the call. Inferred: 500, as for REST APIs."""
    return internal_failure(reason)


def not_mapped(problem: str, reason: Reason) -> RefusedRequestError:
    """The integration of $connect cannot run here, or cannot be mapped. Inferred: 500; AWS gives no reason."""
    body = json.dumps({"message": "Internal server error", "reason": problem})
    return RefusedRequestError(500, "InternalServerErrorException", body, reason=reason)


def status_of_connect(status: int, reason: Reason) -> RefusedRequestError:
    """$connect returned no success: the handshake gets its status. Reported; its body and headers are dropped."""
    return RefusedRequestError(status, reason=reason)


def unauthorized(reason: Reason | None = None) -> RefusedRequestError:
    """The identity is missing, or the authorizer raised "Unauthorized". Documented."""
    return refusal(401, "UnauthorizedException", "Unauthorized", reason=reason)


def access_denied(reason: Reason | None = None) -> RefusedRequestError:
    """The authorizer's policy does not allow the connection. Documented as 403; the wording is REST's (inferred)."""
    return refusal(403, "AccessDeniedException", "User is not authorized to access this resource", reason=reason)


def upgrade_required(reason: Reason | None = None) -> RefusedRequestError:
    """A plain request to a WebSocket API. Reported, weakly."""
    return refusal(426, "UpgradeRequiredException", "Upgrade Required", reason=reason)


def bad_handshake(reason: Reason | None = None) -> RefusedRequestError:
    """Version or key of the handshake are wrong (RFC 6455, section 4.2.1)."""
    return refusal(400, "BadRequestException", "Bad Request", reason=reason)


def bad_integration(reason: Reason | None = None, status: int = 502) -> RefusedRequestError:
    """$connect failed (reported: 502), or answered nothing usable (inferred)."""
    return refusal(status, "BadGatewayException", "Internal server error", reason=reason)


def integration_timed_out(reason: Reason | None = None) -> RefusedRequestError:
    """Inferred from API Gateway's table of gateway responses: 504."""
    return refusal(504, "GatewayTimeoutException", "Endpoint request timed out", reason=reason)


def gone(reason: Reason | None = None) -> RefusedRequestError:
    """The connection is closed, never existed, or is still in its $connect. Reported: an empty body, these headers."""
    headers = {"Content-Type": "application/json", "x-amzn-trace-id": new_root()}
    return RefusedRequestError(410, "GoneException", headers=headers, reason=reason)


def invalid_connection_id(connection_id: str, reason: Reason | None = None) -> RefusedRequestError:
    """The text is not shaped as a connection id. Reported; not in the model, so SDKs raise a generic error."""
    return refusal(400, "BadRequestException", f"Invalid connectionId: {connection_id}", reason=reason)


def forbidden(reason: Reason | None = None) -> RefusedRequestError:
    """Wrong stage, wrong API, wrong API key or no permission. Reported."""
    return refusal(403, "ForbiddenException", "Forbidden", reason=reason)


def missing_authentication_token(reason: Reason | None = None) -> RefusedRequestError:
    """The call is not signed. Inferred from REST APIs; not captured for @connections."""
    return refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token", reason=reason)


def incomplete_signature(problem: str, reason: Reason | None = None) -> RefusedRequestError:
    """The signature is not well-formed. Inferred from REST APIs; AWS uses another wording."""
    return refusal(403, "IncompleteSignatureException", problem, reason=reason)


def payload_too_large(reason: Reason | None = None) -> RefusedRequestError:
    """More than 128 KB were posted. Documented: status and type. Unknown: the wording."""
    return refusal(413, "PayloadTooLargeException", "Message too large", reason=reason)


def limit_exceeded(reason: Reason | None = None) -> RefusedRequestError:
    """Too many calls, or the client reads too slowly. Documented: status and type. Unknown: the wording."""
    return refusal(429, "LimitExceededException", "Too Many Requests", reason=reason)


def internal_failure(reason: Reason | None = None) -> RefusedRequestError:
    """The gateway itself failed, which AWS's SDKs retry. Inferred: any AWS service may answer so."""
    return refusal(500, "InternalServerErrorException", "Internal server error", reason=reason)


def too_many_requests(reason: Reason | None = None) -> RefusedRequestError:
    """The handshake was throttled. Reported: 429; the wording is REST's (inferred)."""
    return refusal(429, "TooManyRequestsException", "Too Many Requests", reason=reason)


def url_too_long(reason: Reason | None = None) -> RefusedRequestError:
    """The URL has more than 4096 characters. Documented as a quota; the status is inferred (RFC 9110, 15.5.15)."""
    return refusal(414, "RequestTooLargeException", "URI Too Long", reason=reason)


def headers_too_large(reason: Reason | None = None) -> RefusedRequestError:
    """The headers are larger than 10 240 bytes. Inferred from HTTP APIs, as is the status."""
    return refusal(431, "RequestTooLargeException", "Request Header Fields Too Large", reason=reason)
