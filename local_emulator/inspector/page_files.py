"""The files of the inspector's page: the HTML, CSS and ES modules of the folder `page`."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    # Nothing comes from anywhere else, and no other page shows this one in a frame.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes() -> list[web.RouteDef]:
    """Returns the routes of the inspector's page and its files."""
    return [
        web.get("/_emulator", _to_page),
        web.get("/_emulator/", _index),
        web.get("/_emulator/page/{name}", _file),
    ]


async def _to_page(request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": "/_emulator/"})


async def _index(request: web.Request) -> web.Response:
    return _answer(FOLDER / "index.html")


async def _file(request: web.Request) -> web.Response:
    known = {file.name: file for file in FOLDER.iterdir() if file.suffix in TYPES}
    found = known.get(request.match_info["name"])
    return _answer(found) if found else web.json_response({"message": "there is no such file"}, status=404)


def _answer(file: Path) -> web.Response:
    text = file.read_text(encoding="utf-8")
    return web.Response(text=text, content_type=TYPES[file.suffix], charset="utf-8", headers=HEADERS)
