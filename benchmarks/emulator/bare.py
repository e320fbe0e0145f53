"""What everything is measured against: aiohttp's own WebSocket server, that echoes and forwards posts."""

from __future__ import annotations

import resource
import sys

from aiohttp import WSMsgType, web

CONNECTIONS: dict[str, web.WebSocketResponse] = {}


async def connection(request: web.Request) -> web.WebSocketResponse:
    websocket = web.WebSocketResponse(compress=False)
    await websocket.prepare(request)
    name = str(id(websocket))
    CONNECTIONS[name] = websocket
    try:
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                await websocket.send_str(name if "whoami" in message.data else message.data)
    finally:
        del CONNECTIONS[name]
    return websocket


async def post(request: web.Request) -> web.Response:
    try:
        await CONNECTIONS[request.match_info["name"]].send_str(await request.text())
    except (KeyError, ConnectionError):  # the load ends in the middle of things
        return web.Response(status=410)
    return web.Response()


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    app = web.Application()
    app.add_routes(
        [
            web.get("/dev", connection),
            web.post("/dev/@connections/{name}", post),
            web.get("/_emulator/health", health),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, backlog=1024)


if __name__ == "__main__":
    main()
