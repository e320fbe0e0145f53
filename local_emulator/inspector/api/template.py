"""The HTTP API of the template: functions with their sample events, tables with their rows."""

from __future__ import annotations

import asyncio
import binascii
from typing import Any

from aiohttp import web

from local_emulator.deployment import Deployment, Function
from local_emulator.inspector.samples import samples, schema
from local_emulator.inspector.table_rows import READ_ERRORS, TableRows


class TemplateApi:
    """GET /_emulator/functions, /_emulator/tables and /_emulator/tables/{logicalId}."""

    def __init__(self, deployment: Deployment, rows: TableRows) -> None:
        self._deployment = deployment
        self._rows = rows

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_emulator/functions", self._functions),
            web.get("/_emulator/tables", self._tables),
            web.get("/_emulator/tables/{table}", self._table),
        ]

    async def _functions(self, request: web.Request) -> web.Response:
        functions = [self._described(one) for one in self._deployment.functions.values()]
        return web.json_response({"template": str(self._deployment.path), "functions": functions})

    def _described(self, function: Function) -> dict[str, Any]:
        path, name = self._deployment.path, function.logical_id
        return {
            "logicalId": name,
            "name": function.physical_name,
            "handler": function.handler,
            "timeoutSeconds": function.timeout_seconds,
            "memoryMb": function.memory_mb,
            "samples": samples(path, name),
            "schema": schema(path, name),
        }

    async def _tables(self, request: web.Request) -> web.Response:
        try:
            return web.json_response({"tables": await asyncio.to_thread(self._rows.tables)})
        except READ_ERRORS as problem:
            return web.json_response({"message": str(problem)}, status=502)

    async def _table(self, request: web.Request) -> web.Response:
        """Returns {"rows", "next"}: `?start=` continues at `next`, `?partition=` selects one hash key."""
        name, query = request.match_info["table"], request.query
        if name not in self._deployment.tables:
            known = list(self._deployment.tables)
            return web.json_response({"message": f"There is no table {name}", "tables": known}, status=404)
        try:
            page = self._rows.page
            rows, start = await asyncio.to_thread(page, name, query.get("start"), query.get("partition", ""))
        except (ValueError, binascii.Error):
            return web.json_response({"message": "start is not one that a page has named"}, status=400)
        except READ_ERRORS as problem:
            return web.json_response({"message": str(problem)}, status=502)
        return web.json_response({"rows": rows, "next": start})
