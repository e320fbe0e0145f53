"""The refusals of Lambda's Invoke API."""

from __future__ import annotations

import json

from local_emulator.web.errors import RefusedRequestError, refusal


def unknown_function(arn: str) -> RefusedRequestError:
    """Lambda API reference, Invoke: ResourceNotFoundException, whose message has a capital in the service model."""
    body = {"Type": "User", "Message": f"Function not found: {arn}"}
    return RefusedRequestError(404, "ResourceNotFoundException", json.dumps(body))


def invalid_function_name(value: str, constraint: str) -> RefusedRequestError:
    """Reported: names are checked before they are looked up, with the words of every AWS service's validation."""
    problem = f"Value '{value}' at 'functionName' failed to satisfy constraint: {constraint}"
    return refusal(400, "ValidationException", f"1 validation error detected: {problem}")


def throttled_function(retry_after_seconds: int | None = None) -> RefusedRequestError:
    """Lambda API reference, Invoke: TooManyRequestsException. Reported: the wording."""
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    refusal = _lambda_refusal(429, "TooManyRequestsException", "Rate Exceeded.", Reason=reason)
    refusal.retry_after_seconds = retry_after_seconds
    return refusal


def too_many_events() -> RefusedRequestError:
    """Returns the refusal of a full queue. AWS documents no such limit, but a laptop's memory has one."""
    reason = "CallerRateLimitExceeded"
    return _lambda_refusal(429, "TooManyRequestsException", "Too many events are waiting", Reason=reason)


def unknown_invocation_type(kind: str) -> RefusedRequestError:
    """Lambda API reference, Invoke: InvalidParameterValueException."""
    return _lambda_refusal(400, "InvalidParameterValueException", f"Unknown invocation type: {kind}")


def invalid_parameter(message: str) -> RefusedRequestError:
    """Lambda API reference, CreateEventSourceMapping: InvalidParameterValueException."""
    return _lambda_refusal(400, "InvalidParameterValueException", message)


def unknown_mapping() -> RefusedRequestError:
    """Lambda API reference, GetEventSourceMapping: ResourceNotFoundException."""
    body = {"Type": "User", "Message": "The resource you requested does not exist."}
    return RefusedRequestError(404, "ResourceNotFoundException", json.dumps(body))


def request_too_large(size: int, limit: int, kind: str) -> RefusedRequestError:
    """Reported, 2017 to 2024: a name that the service model does not have (there it is RequestTooLargeException).

    github.com/ASFHyP3/hyp3/issues/2241, github.com/faultline/faultline/issues/12
    """
    message = f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
    return _lambda_refusal(413, "RequestEntityTooLargeException", message)


def invalid_request_content() -> RefusedRequestError:
    """Lambda API reference, Invoke: InvalidRequestContentException. Reported: the wording, less Java's details."""
    message = "Could not parse request body into json"
    return _lambda_refusal(400, "InvalidRequestContentException", message)


def invalid_client_context() -> RefusedRequestError:
    """Lambda API reference, Invoke: InvalidRequestContentException. Reported: the wording."""
    message = "Client context must be a valid Base64-encoded JSON object."
    return _lambda_refusal(400, "InvalidRequestContentException", message)


def unknown_function_url() -> RefusedRequestError:
    """Reported: a host of function URLs that names none."""
    return RefusedRequestError(404, "ResourceNotFoundException", json.dumps({"Message": None}))


def forbidden_url(reason: str) -> RefusedRequestError:
    """Documented: 403 without both permissions, or without a signature. Reported: the wording."""
    page = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
    message = f"Forbidden. For troubleshooting Function URL authorization issues, see: {page}"
    return RefusedRequestError(403, "AccessDeniedException", json.dumps({"Message": message}), reason=reason)


def bad_gateway(reason: str) -> RefusedRequestError:
    """Documented: 502 for a function that fails, or returns no response. Reported: the body, which is no JSON."""
    return RefusedRequestError(502, None, "Internal Server Error", reason=reason)


def _lambda_refusal(status: int, error_type: str, message: str, **more: str) -> RefusedRequestError:
    """Lambda's errors say whose fault they are."""
    return RefusedRequestError(status, error_type, json.dumps({**more, "Type": "User", "message": message}))
