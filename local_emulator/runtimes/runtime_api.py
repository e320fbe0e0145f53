"""Lambda's Runtime API, served to one process on a port of its own, on loopback only.

Lambda Developer Guide, "Using the Lambda runtime API": next, response, error, initialisation error.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import JsonText, json_of

PREFIX = "/2018-06-01/runtime"
# Documented (Lambda quotas): 6 MB; the runtime's own limit, reported in its error, is a little more.
MOST_BYTES = 6_291_556


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event for the process that asks next; the deadline is epoch milliseconds."""

    request_id: str
    payload: str
    deadline_ms: int
    arn: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            # AWS's runtime decodes the event only if this is exactly so, without a charset.
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
        }


class RuntimeApi:
    """`asked` is called when the process asks for an event, `failed` with the error of its initialisation,
    `answered` with a request id and what came of it."""

    def __init__(
        self,
        asked: Callable[[], None],
        failed: Callable[[dict[str, Any]], None],
        answered: Callable[[str, Outcome], None],
    ) -> None:
        self._asked, self._failed, self._answered = asked, failed, answered
        self._events: asyncio.Queue[PendingEvent] = asyncio.Queue()
        self._handlers = web.Server(self._answer, access_log=None, handler_cancellation=True)

    async def start(self) -> str:
        """Listen; answers host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        self._server = await asyncio.get_running_loop().create_server(self._handlers, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{port}"

    def offer(self, event: PendingEvent) -> None:
        self._events.put_nowait(event)

    async def stop(self) -> None:
        self._server.close()
        await self._handlers.shutdown(0)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        # A page in a browser may send requests here, but only with one of these.
        if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
            return _status(403)
        match (request.method, *request.path.removeprefix(PREFIX).split("/")[1:]):
            case ("GET", "invocation", "next"):
                self._asked()
                event = await self._events.get()
                return web.Response(body=event.payload.encode(), headers=event.headers)
            case ("POST", "invocation", request_id, "response"):
                self._answered(request_id, await _outcome(request, failed=False))
            case ("POST", "invocation", request_id, "error"):
                self._answered(request_id, await _outcome(request, failed=True))
            case ("POST", "init", "error"):
                self._failed(_object((await _outcome(request, failed=True)).payload))
            case _:
                return _status(404)
        return _status(202)


async def _outcome(request: web.BaseRequest, *, failed: bool) -> Outcome:
    data = bytearray()
    async for chunk in request.content.iter_any():
        if len(data) <= MOST_BYTES:
            data += chunk
    if len(data) <= MOST_BYTES:
        return Outcome(JsonText(data.decode("utf-8", "replace")), failed)
    # Reported: the type and the words of what the caller gets.
    message = f"Response payload size exceeded maximum allowed payload size ({MOST_BYTES} bytes)."
    return Outcome(json_of({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}), failed=True)


def _object(text: str) -> dict[str, Any]:
    try:
        error = json.loads(text)
    except ValueError:
        error = None
    return error if isinstance(error, dict) else {"errorMessage": text}


def _status(status: int) -> web.Response:
    body = json.dumps({"status": "OK" if status < 400 else "Refused"}).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})
