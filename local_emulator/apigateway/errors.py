"""The errors of API Gateway: handshakes and `@connections`.

Statuses of `@connections`: the service model of ApiGatewayManagementApi.
"""

from __future__ import annotations

import json

from local_emulator.web.errors import RefusedRequestError, refusal


def not_integrated() -> RefusedRequestError:
    """$connect has no function that can be invoked, or Lambda refused the call. Inferred: 500, as for REST APIs."""
    return internal_failure()


def not_mapped(reason: str) -> RefusedRequestError:
    """The integration of $connect cannot run here, or cannot be mapped. Inferred: 500; AWS gives no reason."""
    body = json.dumps({"message": "Internal server error", "reason": reason})
    return RefusedRequestError(500, "InternalServerErrorException", body)


def status_of_connect(status: int) -> RefusedRequestError:
    """$connect returned no success: the handshake gets its status. Reported; its body and headers are dropped."""
    return RefusedRequestError(status)


def unauthorized() -> RefusedRequestError:
    """The identity is missing, or the authorizer raised "Unauthorized". Documented."""
    return refusal(401, "UnauthorizedException", "Unauthorized")


def access_denied() -> RefusedRequestError:
    """The authorizer's policy does not allow the connection. Documented as 403; the wording is REST's (inferred)."""
    return refusal(403, "AccessDeniedException", "User is not authorized to access this resource")


def upgrade_required() -> RefusedRequestError:
    """A plain request to a WebSocket API. Reported, weakly."""
    return refusal(426, "UpgradeRequiredException", "Upgrade Required")


def bad_handshake() -> RefusedRequestError:
    """Version or key of the handshake are wrong (RFC 6455, section 4.2.1)."""
    return refusal(400, "BadRequestException", "Bad Request")


def bad_integration(status: int = 502) -> RefusedRequestError:
    """$connect failed (reported: 502), or answered nothing usable (inferred)."""
    return refusal(status, "BadGatewayException", "Internal server error")


def integration_timed_out() -> RefusedRequestError:
    """Inferred from API Gateway's table of gateway responses: 504."""
    return refusal(504, "GatewayTimeoutException", "Endpoint request timed out")


def gone() -> RefusedRequestError:
    """The connection is closed, never existed, or is still in its $connect. Reported: an empty body."""
    return RefusedRequestError(410, "GoneException")


def invalid_connection_id(connection_id: str) -> RefusedRequestError:
    """The text is not shaped as a connection id. Reported; not in the model, so SDKs raise a generic error."""
    return refusal(400, "BadRequestException", f"Invalid connectionId: {connection_id}")


def forbidden() -> RefusedRequestError:
    """Wrong stage, wrong API, wrong API key or no permission. Reported."""
    return refusal(403, "ForbiddenException", "Forbidden")


def missing_authentication_token() -> RefusedRequestError:
    """The call is not signed. Inferred from REST APIs; not captured for @connections."""
    return refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete_signature(problem: str) -> RefusedRequestError:
    """The signature is not well-formed. Inferred from REST APIs; AWS uses another wording."""
    return refusal(403, "IncompleteSignatureException", problem)


def payload_too_large() -> RefusedRequestError:
    """More than 128 KB were posted. Documented: status and type. Unknown: the wording."""
    return refusal(413, "PayloadTooLargeException", "Message too large")


def limit_exceeded() -> RefusedRequestError:
    """Too many calls, or the client reads too slowly. Documented: status and type. Unknown: the wording."""
    return refusal(429, "LimitExceededException", "Too Many Requests")


def internal_failure() -> RefusedRequestError:
    """The gateway itself failed, which AWS's SDKs retry. Inferred: any AWS service may answer so."""
    return refusal(500, "InternalServerErrorException", "Internal server error")


def too_many_requests() -> RefusedRequestError:
    """The handshake was throttled. Reported: 429; the wording is REST's (inferred)."""
    return refusal(429, "TooManyRequestsException", "Too Many Requests")


def url_too_long() -> RefusedRequestError:
    """The URL has more than 4096 characters. Documented as a quota; the status is inferred (RFC 9110, 15.5.15)."""
    return refusal(414, "RequestTooLargeException", "URI Too Long")


def headers_too_large() -> RefusedRequestError:
    """The headers are larger than 10 240 bytes. Inferred from HTTP APIs, as is the status."""
    return refusal(431, "RequestTooLargeException", "Request Header Fields Too Large")
