"""Keeps other websites out of everything that the emulator serves over plain HTTP.

Any page that a developer has open can send requests to localhost. They are refused, because tokens are issued
there, faults are added, functions are invoked, tables emptied. Handshakes have the application's own rule.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from local_emulator.web.browser_guard.rules import OriginHeaders, problem_of_call, problem_of_page
from local_emulator.web.errors import another_website

PREFIX = "/_emulator/"


def same_origin(listening: str = "127.0.0.1") -> Middleware:
    """Returns a middleware that answers 403 to requests of another website's page.

    `listening` is the host that the server listens on. Pages and their APIs are under `/_emulator/`; all other paths
    except handshakes are AWS's APIs, which SDKs call. Browsers let no page set `Upgrade` (Fetch standard, forbidden
    request-header), so a request with it is a handshake.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX) or request.path == PREFIX.rstrip("/"):
            problem = problem_of_page(_sender(request))
            if problem is not None:
                return web.json_response({"message": "Forbidden", "problem": problem}, status=403)
        elif request.method != "GET" or "Upgrade" not in request.headers:
            problem = problem_of_call(_sender(request), listening)
            if problem is not None:
                raise another_website(problem)
        return await handler(request)

    return guard


def _sender(request: web.Request) -> OriginHeaders:
    headers = request.headers
    return OriginHeaders(headers.getall("Host", []), headers.getall("Origin", []), headers.getall("Sec-Fetch-Site", []))
