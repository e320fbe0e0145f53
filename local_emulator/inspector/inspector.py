"""Builds the inspector."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from local_emulator.apigateway.connections import Connections
from local_emulator.apigateway.gateway import Gateway
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.deployment import Deployment
from local_emulator.faults.registry import FaultRegistry
from local_emulator.inspector.api.connections import ConnectionsApi
from local_emulator.inspector.api.records import RecordsApi
from local_emulator.inspector.api.template import TemplateApi
from local_emulator.inspector.history import History
from local_emulator.inspector.page_files import page_routes
from local_emulator.inspector.record_view import RecordView
from local_emulator.inspector.recording import Recording
from local_emulator.inspector.stream import Stream
from local_emulator.inspector.table_rows import TableRows


class Inspector:
    """The page and its APIs, all under /_emulator/ and for pages of this machine alone (web/browser_guard)."""

    def __init__(
        self,
        deployment: Deployment,
        recording: Recording,
        connections: Connections,
        gateway: Gateway,
        limits: GatewayLimits,
        faults: FaultRegistry,
    ) -> None:
        self._connections = connections
        self._faults = faults
        rows = TableRows(deployment)
        history = History(recording.ring, RecordView(deployment))
        self._stream = Stream(history, self._counts)
        self._apis = (
            RecordsApi(history, self._stream),
            ConnectionsApi(connections, gateway, rows, limits),
            TemplateApi(deployment, rows),
        )

    def add_to(self, app: web.Application) -> None:
        app.router.add_routes(page_routes())
        for api in self._apis:
            app.router.add_routes(api.routes())
        app.on_shutdown.append(self._shut_down)

    def _counts(self) -> dict[str, Any]:
        faults = sum(not one.spent for one in self._faults)
        return {"connections": len(self._connections), "faults": faults}

    async def _shut_down(self, app: web.Application) -> None:
        await self._stream.close()
