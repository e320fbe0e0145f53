"""Checks every request and adds the security headers of every answer, on all routes."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from examples.upload_server.refusals import RefusedError, answer_refusals
from examples.upload_server.settings import UploadServerSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def guard(settings: UploadServerSettings) -> Middleware:
    """Returns a middleware that refuses foreign hosts and origins and adds the headers that browsers obey."""
    headers = _headers(settings.websocket_url)

    async def refuse(request: web.Request) -> web.StreamResponse:
        raise RefusedError(403, "Host or Origin", "this server answers its own page only")

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        allowed = _is_own(request, settings.host)
        response = await answer_refusals(request, handler if allowed else refuse)
        response.headers.update(headers)
        return response

    return guarded


def _is_own(request: web.Request, listening: str) -> bool:
    """Returns False for a foreign host name (DNS rebinding) and for requests of other sites."""
    name = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    return (name in (*LOOPBACK, listening) or listening not in LOOPBACK) and (
        origin is None or urlsplit(origin).netloc == request.host
    )


def _headers(websocket_url: str) -> dict[str, str]:
    to = urlsplit(websocket_url)
    policy = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        f"connect-src 'self' {to.scheme}://{to.netloc}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
