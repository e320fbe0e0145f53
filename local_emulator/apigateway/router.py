"""Routes each request: handshakes, `@connections`, and paths that the gateway forbids."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from local_emulator.activity_log import Journal
from local_emulator.apigateway.errors import forbidden
from local_emulator.apigateway.gateway import Gateway
from local_emulator.apigateway.management_api import ManagementApiServer
from local_emulator.apigateway.request_size import check_sizes
from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.url_paths import PathMatch, PathResolver
from local_emulator.web.errors import RefusedRequestError

INSPECTOR = "/_emulator/"


class Router:
    """Passes each request to the part that answers it, and turns refusals into responses."""

    def __init__(
        self,
        paths: PathResolver,
        gateway: Gateway,
        management: ManagementApiServer,
        journal: Journal,
        limits: GatewayLimits,
    ) -> None:
        self._limits = limits
        self._paths = paths
        self._gateway = gateway
        self._management = management
        self._journal = journal

    async def answer(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, self._paths.find(request.rel_url.raw_path))

    async def answer_at_host(self, request: web.Request) -> web.StreamResponse:
        """Answers a request that was sent to an API's own host, as functions send it."""
        return await self._answer(request, self._paths.find_at_host(request.host, request.rel_url.raw_path))

    async def _answer(self, request: web.Request, target: PathMatch | None) -> web.StreamResponse:
        check_sizes(request, self._limits)
        if target is None and _is_browser_at_root(request):
            raise web.HTTPFound(INSPECTOR)
        if target is None:
            raise forbidden(reasons.nothing_served(request.rel_url.raw_path, self._paths.served))
        if target.connection_id is not None:
            return await self._management.answer(request, target.api, target.connection_id)
        return await self._gateway.handshake(request, target.api, target.added_headers)

    @web.middleware
    async def refusals(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusedRequestError as refusal:
            answer = f"{refusal.status} {refusal.error_type or ''}".strip()
            self._journal.refused(request.rel_url.raw_path, answer, refusal.reason)
            response = refusal.response()
            if "Upgrade" in request.headers:
                response.force_close()  # what follows on this TCP connection would be taken for frames
            return response


def _is_browser_at_root(request: web.Request) -> bool:
    """Returns True for the address alone in a browser: no stage is there, and its user looks for a page."""
    wants_page = "text/html" in request.headers.get("Accept", "")
    return request.method == "GET" and request.path == "/" and wants_page and "Upgrade" not in request.headers
