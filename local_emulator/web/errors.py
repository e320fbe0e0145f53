"""What the gateway answers over plain HTTP when it refuses: one exception, turned into a response in one place.

AWS's SDKs know an error by its `x-amzn-ErrorType` header: without it a 410 is no GoneException to botocore.
Statuses of @connections: the service model of ApiGatewayManagementApi.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from aiohttp import web


class Refusal(Exception):
    """A request that is refused. `body` is JSON text, "" for none."""

    def __init__(self, status: int, error_type: str | None = None, body: str = "") -> None:
        super().__init__(f"{status} {error_type or ''}".strip())
        self.status = status
        self.error_type = error_type
        self.body = body
        self.retry_after_seconds: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers the answer needs; one without a body has no content type."""
        headers = {"x-amzn-ErrorType": self.error_type} if self.error_type else {}
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = str(self.retry_after_seconds)
        return {**headers, "Content-Type": "application/json"} if self.body else headers

    def response(self) -> web.Response:
        return web.Response(
            status=self.status, reason=_phrase(self.status), headers=self.headers, body=self.body.encode()
        )


def not_integrated() -> Refusal:
    """There is nothing behind $connect that could be asked, or Lambda refused to. Inferred: 500, as for REST APIs."""
    return internal_failure()


def status_of_connect(status: int) -> Refusal:
    """$connect answered with no success: its status is the handshake's. Reported; its body and headers are not."""
    return Refusal(status)


def unauthorized() -> Refusal:
    """No identity, or the authorizer said "Unauthorized". Documented."""
    return _refusal(401, "UnauthorizedException", "Unauthorized")


def access_denied() -> Refusal:
    """The authorizer's policy does not allow the connection. Documented as 403; the wording is REST's (inferred)."""
    return _refusal(403, "AccessDeniedException", "User is not authorized to access this resource")


def upgrade_required() -> Refusal:
    """A plain request to a WebSocket API. Reported, weakly."""
    return _refusal(426, "UpgradeRequiredException", "Upgrade Required")


def bad_handshake() -> Refusal:
    """Version or key of the handshake are wrong (RFC 6455, section 4.2.1)."""
    return _refusal(400, "BadRequestException", "Bad Request")


def bad_integration(status: int = 502) -> Refusal:
    """$connect failed (reported: 502), or answered nothing usable (inferred)."""
    return _refusal(status, "BadGatewayException", "Internal server error")


def integration_timed_out() -> Refusal:
    """Inferred from API Gateway's table of gateway responses: 504."""
    return _refusal(504, "GatewayTimeoutException", "Endpoint request timed out")


def gone() -> Refusal:
    """The connection is closed, never existed, or is still in its $connect. Reported: an empty body."""
    return Refusal(410, "GoneException")


def invalid_connection_id(connection_id: str) -> Refusal:
    """The id has not the shape of one. Reported; not in the model, so SDKs raise their generic error."""
    return _refusal(400, "BadRequestException", f"Invalid connectionId: {connection_id}")


def forbidden() -> Refusal:
    """Wrong stage, wrong API, wrong API key or no permission. Reported."""
    return _refusal(403, "ForbiddenException", "Forbidden")


def another_website(problem: str) -> Refusal:
    """Ours: no page of another website calls AWS's APIs here. AWS needs no such rule, since it verifies signatures."""
    return _refusal(403, "ForbiddenException", f"Forbidden: {problem}")


def missing_authentication_token() -> Refusal:
    """The call is not signed. Inferred from REST APIs; not captured for @connections."""
    return _refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete_signature(problem: str) -> Refusal:
    """The signature is there but not well-formed. Inferred from REST APIs; AWS's own wording is another."""
    return _refusal(403, "IncompleteSignatureException", problem)


def payload_too_large() -> Refusal:
    """More than 128 KB were posted. Documented: status and type. Unknown: the wording."""
    return _refusal(413, "PayloadTooLargeException", "Message too large")


def limit_exceeded() -> Refusal:
    """Too many calls, or the client reads too slowly. Documented: status and type. Unknown: the wording."""
    return _refusal(429, "LimitExceededException", "Too Many Requests")


def internal_failure() -> Refusal:
    """The gateway itself failed, which AWS's SDKs retry. Inferred: any AWS service may answer so."""
    return _refusal(500, "InternalServerErrorException", "Internal server error")


def too_many_requests() -> Refusal:
    """The handshake was throttled. Reported: 429; the wording is REST's (inferred)."""
    return _refusal(429, "TooManyRequestsException", "Too Many Requests")


def url_too_long() -> Refusal:
    """The URL has more than 4096 characters. Documented as a quota; the status is inferred (RFC 9110, 15.5.15)."""
    return _refusal(414, "RequestTooLargeException", "URI Too Long")


def headers_too_large() -> Refusal:
    """The headers are larger than 10 240 bytes. Inferred from HTTP APIs, as is the status."""
    return _refusal(431, "RequestTooLargeException", "Request Header Fields Too Large")


def unknown_function(arn: str) -> Refusal:
    """Lambda API reference, Invoke: ResourceNotFoundException, whose message has a capital in the service model."""
    body = {"Type": "User", "Message": f"Function not found: {arn}"}
    return Refusal(404, "ResourceNotFoundException", json.dumps(body))


def invalid_function_name(value: str, constraint: str) -> Refusal:
    """Reported: names are checked before they are looked up, with the words of every AWS service's validation."""
    problem = f"Value '{value}' at 'functionName' failed to satisfy constraint: {constraint}"
    return _refusal(400, "ValidationException", f"1 validation error detected: {problem}")


def throttled_function(retry_after_seconds: int | None = None) -> Refusal:
    """Lambda API reference, Invoke: TooManyRequestsException. Reported: the wording."""
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    refusal = _lambda_refusal(429, "TooManyRequestsException", "Rate Exceeded.", Reason=reason)
    refusal.retry_after_seconds = retry_after_seconds
    return refusal


def too_many_events() -> Refusal:
    """Ours: AWS's queue of asynchronous events has no documented end, but a laptop's memory does."""
    reason = "CallerRateLimitExceeded"
    return _lambda_refusal(429, "TooManyRequestsException", "Too many events are waiting", Reason=reason)


def unknown_invocation_type(kind: str) -> Refusal:
    """Lambda API reference, Invoke: InvalidParameterValueException."""
    return _lambda_refusal(400, "InvalidParameterValueException", f"Unknown invocation type: {kind}")


def request_too_large(size: int, limit: int, kind: str) -> Refusal:
    """Reported, 2017 to 2024: a name that the service model does not have (there it is RequestTooLargeException).

    github.com/ASFHyP3/hyp3/issues/2241, github.com/faultline/faultline/issues/12
    """
    message = f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
    return _lambda_refusal(413, "RequestEntityTooLargeException", message)


def invalid_request_content() -> Refusal:
    """Lambda API reference, Invoke: InvalidRequestContentException. Reported: the wording, less Java's details."""
    message = "Could not parse request body into json"
    return _lambda_refusal(400, "InvalidRequestContentException", message)


def _lambda_refusal(status: int, error_type: str, message: str, **more: str) -> Refusal:
    """Lambda's errors say whose fault they are."""
    return Refusal(status, error_type, json.dumps({**more, "Type": "User", "message": message}))


def _refusal(status: int, error_type: str, message: str) -> Refusal:
    return Refusal(status, error_type, json.dumps({"message": message}))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
