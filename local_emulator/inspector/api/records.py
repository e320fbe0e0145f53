"""The HTTP API of records: GET /_emulator/records, /_emulator/records/{number}, and the stream of new ones."""

from __future__ import annotations

from aiohttp import web

from local_emulator.inspector.history import MAX_ROWS, History
from local_emulator.inspector.record_filter import read_selection
from local_emulator.inspector.stream import Stream

PATH = "/_emulator/records"


class RecordsApi:
    """Selects by `?connection=&user=&route=&kinds=&text=`, pages by `before` and `limit`, newest first.

    `full=1` returns all of each.
    """

    def __init__(self, history: History, stream: Stream) -> None:
        self._history = history
        self._stream = stream

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, self._list),
            web.delete(PATH, self._clear),
            web.get(f"{PATH}/{{number}}", self._one),
            web.get("/_emulator/stream", self._stream.serve),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        """Returns {"rows", "before": the start of the next page, 0 at the end, "last": the newest number}."""
        last = self._history.ring.last
        before = _integer(request.query.get("before"), last + 1)
        most = min(max(1, _integer(request.query.get("limit"), MAX_ROWS)), MAX_ROWS)
        full = request.query.get("full") == "1"
        rows, before = await self._history.past(before, read_selection(request.query), most, full)
        return web.json_response({"rows": rows, "before": before, "last": last})

    async def _one(self, request: web.Request) -> web.Response:
        found = self._history.full(_integer(request.match_info["number"], 0))
        if found is None:
            return web.json_response({"message": "this record is not kept any more"}, status=404)
        return web.json_response(found)

    async def _clear(self, request: web.Request) -> web.Response:
        self._history.ring.clear()
        return web.Response(status=204)


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else default
