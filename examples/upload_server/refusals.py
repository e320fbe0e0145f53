"""The one exception for a request that cannot be honoured, and the one place that turns it into an answer."""

from aiohttp import web
from aiohttp.typedefs import Handler


class RefusedError(Exception):
    """A request that cannot be honoured: the HTTP status, the field at fault, and the reason in words."""

    def __init__(self, status: int, field: str, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(f"{field}: {message}")
        self.status = status
        self.field = field
        self.message = message
        self.retry_after_seconds = retry_after_seconds


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers a refusal as JSON, `{"error": {"field", "message"}}`; aiohttp's own 404 and 405 likewise."""
    try:
        return await handler(request)
    except RefusedError as refused:
        return _answer(refused)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as unknown:
        return _answer(RefusedError(unknown.status, "path", f"{request.method} {request.path} is not served here"))


def _answer(refused: RefusedError) -> web.Response:
    wait = refused.retry_after_seconds
    return web.json_response(
        {"error": {"field": refused.field, "message": refused.message}},
        status=refused.status,
        headers={} if wait is None else {"Retry-After": str(wait)},
    )
