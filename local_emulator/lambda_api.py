"""Lambda's Invoke API: pipelines call functions with the same boto3 calls as in AWS."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from local_emulator import refusals
from local_emulator.deployment import Function
from local_emulator.functions import Functions, UnknownFunction
from local_emulator.journal import Journal

PATH = "/2015-03-31/functions/{name}/invocations"
MOST_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024, "DryRun": 6 * 1024 * 1024}


class LambdaApi:
    """Answers Invoke (Lambda API reference, Invoke): RequestResponse, Event and DryRun."""

    def __init__(self, functions: Functions, journal: Journal) -> None:
        self._functions = functions
        self._journal = journal
        self._running: set[asyncio.Task[None]] = set()

    async def invoke(self, request: web.Request) -> web.Response:
        function = self._find(request.match_info["name"])
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind not in MOST_BYTES:
            raise refusals.unknown_invocation_type(kind)
        payload = await _read(request, MOST_BYTES[kind])
        if kind == "DryRun":
            return web.Response(status=204)
        if kind == "Event":
            task = asyncio.get_running_loop().create_task(self._run_later(function, payload))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            return web.Response(status=202)
        return await self._run_now(function, payload)

    async def _run_now(self, function: Function, payload: str) -> web.Response:
        invocation = await self._functions.invoke(function, payload)
        self._journal.invoked("invoke", function.logical_id, invocation)
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": invocation.request_id}
        if invocation.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return web.Response(text=invocation.outcome.payload, content_type="application/json", headers=headers)

    async def _run_later(self, function: Function, payload: str) -> None:
        """Documented: a throttled event goes back to its queue, and is tried again after 1 s, 2 s, … at most 5 min."""
        wait = 1
        while True:
            try:
                invocation = await self._functions.invoke(function, payload)
            except refusals.FunctionThrottled:
                await asyncio.sleep(wait)
                wait = min(2 * wait, 300)
            else:
                break
        self._journal.invoked("invoke", function.logical_id, invocation)

    def _find(self, name: str) -> Function:
        try:
            return self._functions.find(name)
        except UnknownFunction:
            raise refusals.unknown_function(name) from None


async def _read(request: web.Request, limit: int) -> str:
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > limit:
            raise refusals.request_too_large(limit)
    try:
        text = data.decode() or "{}"
        json.loads(text)
    except (UnicodeDecodeError, ValueError):
        raise refusals.invalid_request_content() from None
    return text
