"""An HTTP application in front of another one that can be replaced while connections stay open."""

from __future__ import annotations

from aiohttp import web


class CurrentApplication:
    """Passes each request to the application of the moment. `front` is what a runner serves.

    Requests that are running, and with them WebSocket connections, stay with the application that has accepted them.
    """

    def __init__(self) -> None:
        self.front = web.Application()
        self.front.router.add_route("*", "/{path:.*}", self._answer)
        self.front.on_shutdown.append(self._shut_down)
        self._current: web.Application | None = None

    async def set(self, application: web.Application) -> None:
        """Gives requests from now on to an application; what the one before streams to open pages ends."""
        application.freeze()
        await application.startup()
        replaced, self._current = self._current, application
        if replaced is not None:
            await replaced.shutdown()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self._current is None:
            raise web.HTTPServiceUnavailable
        # aiohttp's own entry point: it finds the route, and runs middlewares and signals of this application.
        return await self._current._handle(request)

    async def _shut_down(self, front: web.Application) -> None:
        if self._current is not None:
            await self._current.shutdown()
