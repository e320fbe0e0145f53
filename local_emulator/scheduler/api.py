"""The emulator's own API for schedules: list them, and run one now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from local_emulator.awslambda import errors
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.invocation import Invocation
from local_emulator.scheduler.scheduler import (
    NothingSentError,
    Run,
    ScheduleEntry,
    Schedules,
    UnknownScheduleError,
)
from local_emulator.timestamps import iso_8601

PATH = "/_emulator/schedules"


def schedule_routes(schedules: Schedules) -> list[web.RouteDef]:
    """Returns the routes of schedules.

    `GET /_emulator/schedules` lists; `POST /_emulator/schedules/{name}` runs one and returns its result.
    """

    async def listed(request: web.Request) -> web.Response:
        return web.json_response({"schedules": [_described(entry) for entry in schedules.entries]})

    async def run(request: web.Request) -> web.Response:
        try:
            entry = schedules.find(request.match_info["name"])
            invocation = await schedules.run_now(entry)
        except UnknownScheduleError as unknown:
            names = [one.schedule.name for one in schedules.entries]
            return web.json_response({"message": f"There is no schedule {unknown}", "schedules": names}, status=404)
        except NothingSentError as unsent:
            message = f"{unsent} sends nothing: its InputTransformer or InputPath gives no JSON"
            return web.json_response({"message": message}, status=409)
        except ThrottledError:
            raise errors.throttled_function() from None
        return web.json_response(_ended(invocation))

    return [web.get(PATH, listed), web.post(PATH + "/{name:.+}", run)]


def _described(entry: ScheduleEntry) -> dict[str, Any]:
    schedule = entry.schedule
    return {
        "name": schedule.name,
        "logicalId": schedule.logical_id,
        "function": schedule.function,
        "expression": schedule.expression,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "problem": entry.problem,
        "next": _iso(entry.next) if entry.next else None,
        "last": _run(entry.last) if entry.last else None,
    }


def _run(run: Run) -> dict[str, Any]:
    described = {"at": _iso(run.at), "condition": run.condition, "requestId": run.request_id}
    return described | (_ended(run.invocation) if run.invocation else {})


def _ended(invocation: Invocation) -> dict[str, Any]:
    return {
        "requestId": invocation.request_id,
        "failed": invocation.failed,
        "result": invocation.result,
        "durationMs": round(invocation.duration_ms, 3),
    }


def _iso(moment: datetime) -> str:
    return iso_8601(moment, "seconds")
