"""Faults over HTTP: POST, GET and DELETE /_emulator/faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from local_emulator.deployment import Deployment
from local_emulator.faults.fields import FIELDS, InvalidFaultError
from local_emulator.faults.kinds import AIMS, KINDS
from local_emulator.faults.latency import Latency
from local_emulator.faults.parsing import read_fault
from local_emulator.faults.registry import ActiveFault, Fault, FaultRegistry, TooManyFaultsError
from local_emulator.timestamps import now_ms
from local_emulator.web.body import BodyTooLargeError, read_limited

PATH = "/_emulator/faults"
MAX_BYTES = 16 * 1024


class FaultsApi:
    """Adds, lists and clears faults. Calls `on_added` with each new one."""

    def __init__(self, faults: FaultRegistry, deployment: Deployment, on_added: Callable[[ActiveFault], None]) -> None:
        self._faults = faults
        self._deployment = deployment
        self._on_added = on_added

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(PATH, self._post),
            web.get(PATH, self._list),
            web.delete(PATH, self._delete_all),
            web.get(f"{PATH}/kinds", self._kinds),
            web.get(f"{PATH}/{{id}}", self._get),
            web.delete(f"{PATH}/{{id}}", self._delete),
        ]

    async def _post(self, request: web.Request) -> web.Response:
        """Returns 201 with the fault; 400 names the invalid field; 409 means that the registry is full."""
        try:
            fault = read_fault(await _body(request))
            check_function(fault, self._deployment)
            added = self._faults.add(fault, now_ms())
        except InvalidFaultError as problem:
            return web.json_response({"message": str(problem), "field": problem.field}, status=400)
        except TooManyFaultsError as problem:
            return web.json_response({"message": str(problem)}, status=409)
        self._on_added(added)
        return web.json_response(described(added), status=201, headers={"Location": f"{PATH}/{added.id}"})

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": [described(one) for one in self._faults]})

    async def _get(self, request: web.Request) -> web.Response:
        found = self._faults.find(request.match_info["id"])
        return web.json_response(described(found)) if found else _not_found()

    async def _delete(self, request: web.Request) -> web.Response:
        return web.Response(status=204) if self._faults.clear(request.match_info["id"]) else _not_found()

    async def _delete_all(self, request: web.Request) -> web.Response:
        return web.json_response({"cleared": self._faults.clear_all()})

    async def _kinds(self, request: web.Request) -> web.Response:
        kinds = [{name: _plain(value) for name, value in asdict(kind).items()} for kind in KINDS.values()]
        fields = {field.name: field.about for field in FIELDS.values()}
        return web.json_response({"kinds": kinds, "fields": fields, "aims": AIMS})


def described(active: ActiveFault) -> dict[str, Any]:
    """Returns a fault with its counts, as JSON; times in epoch milliseconds."""
    fault = active.fault
    return {
        "id": active.id,
        "kind": fault.kind,
        "target": dict(fault.target),
        "after": fault.after,
        "times": fault.times,
        "probability": fault.probability,
        "seed": fault.seed,
        **{name: _plain(value) for name, value in fault.settings.items()},
        "seen": active.seen.total(),
        "strikes": active.strikes,
        "spent": active.spent,
        "addedAt": active.added_at,
        "struckAt": active.struck_at,
    }


def check_function(fault: Fault, deployment: Deployment) -> None:
    """Raises InvalidFaultError for a fault whose target is a function that does not exist."""
    name = fault.target.get("function")
    functions = deployment.functions.values()
    if name is not None and not any(name in (one.logical_id, one.physical_name) for one in functions):
        raise InvalidFaultError("target.function", f"must be one of {', '.join(deployment.functions)}")


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await read_limited(request, MAX_BYTES))
    except BodyTooLargeError:
        raise InvalidFaultError("body", f"has more than {MAX_BYTES} bytes") from None
    except (ValueError, RecursionError):
        raise InvalidFaultError("body", "is not JSON") from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return str(value) if isinstance(value, Latency) else value


def _not_found() -> web.Response:
    return web.json_response({"message": "there is no fault of that id"}, status=404)
