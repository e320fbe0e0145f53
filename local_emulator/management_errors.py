"""What the @connections API answers when it refuses: status, error type and body.

AWS's SDKs know an error by its `x-amzn-ErrorType` header: without it a 410 is no GoneException to botocore.
Statuses: the service model of ApiGatewayManagementApi.
"""

import json


class ManagementError(Exception):
    """A refusal of a call to @connections. `body` is the JSON text, "" for none."""

    def __init__(self, status: int, error_type: str, body: str = "") -> None:
        super().__init__(f"{status} {error_type}")
        self.status = status
        self.error_type = error_type
        self.body = body

    @property
    def headers(self) -> dict[str, str]:
        """The headers the answer needs; one without a body has no content type."""
        error_type = {"x-amzn-ErrorType": self.error_type}
        return {**error_type, "Content-Type": "application/json"} if self.body else error_type


def gone() -> ManagementError:
    """The connection is closed, never existed, or is still in its $connect. Reported: an empty body."""
    return ManagementError(410, "GoneException")


def invalid_connection_id(connection_id: str) -> ManagementError:
    """The id has not the shape of one. Reported; not in the model, so SDKs raise their generic error."""
    return _error(400, "BadRequestException", f"Invalid connectionId: {connection_id}")


def forbidden() -> ManagementError:
    """Wrong stage, wrong API or no permission. Reported."""
    return _error(403, "ForbiddenException", "Forbidden")


def missing_authentication_token() -> ManagementError:
    """The call is not signed. Inferred from REST APIs; not captured for @connections."""
    return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete_signature(problem: str) -> ManagementError:
    """The signature is there but not well-formed. Inferred from REST APIs; AWS's own wording is another."""
    return _error(403, "IncompleteSignatureException", problem)


def payload_too_large() -> ManagementError:
    """More than 128 KB were posted. Documented: status and type. Unknown: the wording."""
    return _error(413, "PayloadTooLargeException", "Message too large")


def limit_exceeded() -> ManagementError:
    """Too many calls, or the client reads too slowly. Documented: status and type. Unknown: the wording."""
    return _error(429, "LimitExceededException", "Too Many Requests")


def internal_failure() -> ManagementError:
    """The gateway itself failed, which AWS's SDKs retry. Inferred: any AWS service may answer so."""
    return _error(500, "InternalServerErrorException", "Internal server error")


def _error(status: int, error_type: str, message: str) -> ManagementError:
    return ManagementError(status, error_type, json.dumps({"message": message}))
