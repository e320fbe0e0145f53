"""Keeps other websites out of the emulator's own pages and interfaces.

Any page that a developer has open can send requests to localhost. Under the prefix that this middleware
guards, it may not: tokens are issued there, and faults are switched on.
"""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


def same_origin(prefix: str = "/_emulator/") -> Middleware:
    """A middleware that answers 403 under `prefix` to what another website's page has sent.

    Three headers decide. `Host` must be a name of this machine: a foreign name that resolves to 127.0.0.1 is
    DNS rebinding. `Origin`, which browsers send with every POST, WebSocket and cross-origin fetch, must be
    that host's (Fetch standard, "Origin header"). `Sec-Fetch-Site` must not be cross-site: it also comes with
    images, scripts and links, which carry no Origin (W3C Fetch Metadata Request Headers). What comes from no
    page, as from curl, has neither of the last two.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        problem = _problem(request) if _is_guarded(request.path, prefix) else None
        if problem is not None:
            return web.json_response({"message": "Forbidden", "problem": problem}, status=403)
        return await handler(request)

    return guard


def _is_guarded(path: str, prefix: str) -> bool:
    return path.startswith(prefix) or path == prefix.rstrip("/")


def _problem(request: web.Request) -> str | None:
    hosts, origins = request.headers.getall("Host", []), request.headers.getall("Origin", [])
    if len(hosts) != 1 or not _is_loopback(hosts[0]):
        return "the Host header is not a name of this machine"
    if any(not _is_same(origin, hosts[0]) for origin in origins):
        return "the Origin header is another website's"
    if "cross-site" in request.headers.getall("Sec-Fetch-Site", []):
        return "the request comes from another website"
    return None


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_same(origin: str, host: str) -> bool:
    return origin.lower() == f"http://{host.lower()}"
