"""What the gateway answers over plain HTTP when it refuses: one exception, turned into a response in one place."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web


class Refusal(Exception):
    """A request that the gateway refuses: status, message and the error type that AWS's SDKs look for."""

    def __init__(self, status: int, message: str | None = None, error_type: str | None = None) -> None:
        super().__init__(f"{status} {message or ''}".strip())
        self.status = status
        self.message = message
        self.error_type = error_type

    def response(self) -> web.Response:
        """SDKs tell errors apart by the header alone: without it a 410 is not even a GoneException to boto3."""
        headers = {"x-amzn-ErrorType": self.error_type} if self.error_type else {}
        if self.message is None:
            return web.Response(status=self.status, reason=_reason(self.status), headers=headers)
        return web.json_response({"message": self.message}, status=self.status, headers=headers)


def internal_error() -> Refusal:
    return Refusal(500, "Internal server error", "InternalServerErrorException")


def forbidden() -> Refusal:
    """Reported: a stage that is not there, and anything behind the stage, is forbidden rather than not found."""
    return Refusal(403, "Forbidden", "ForbiddenException")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
