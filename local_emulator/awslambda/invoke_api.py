"""Lambda's Invoke API: pipelines call functions with the same boto3 calls as in AWS."""

from __future__ import annotations

import base64
import json
import uuid

from aiohttp import web

from local_emulator.activity_log import Journal
from local_emulator.awslambda import errors
from local_emulator.awslambda.async_queue import AsyncInvocations, TooManyEventsError
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.function_lookup import find_function
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.log_tail import log_of, tail
from local_emulator.awslambda.payload import Payload, refuse_constant
from local_emulator.deployment import Deployment, Function
from local_emulator.web.body import BodyTooLargeError, read_limited

PATH = "/2015-03-31/functions/{name}/invocations"
KINDS = ("RequestResponse", "Event", "DryRun")


class LambdaApi:
    """Answers Invoke (Lambda API reference, Invoke): RequestResponse, Event and DryRun."""

    def __init__(
        self,
        deployment: Deployment,
        functions: Functions,
        events: AsyncInvocations,
        limits: LambdaLimits,
        journal: Journal,
    ) -> None:
        self._deployment = deployment
        self._functions = functions
        self._events = events
        self._limits = limits
        self._journal = journal

    async def invoke(self, request: web.Request) -> web.Response:
        """One call. Raises RefusedRequestError: 400, 404, 413, 429."""
        function = find_function(self._functions, self._deployment, request.match_info["name"])
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind not in KINDS:
            raise errors.unknown_invocation_type(kind)
        payload = await self._read(request, kind)
        if kind == "DryRun":
            return _empty(204, str(uuid.uuid4()))
        if kind == "Event":
            return _empty(202, self._put(function, payload))
        wants_log = request.headers.get("X-Amz-Log-Type") == "Tail"
        return await self._run_now(function, Payload(payload, _client_context(request)), wants_log)

    async def _run_now(self, function: Function, payload: Payload, wants_log: bool) -> web.Response:
        try:
            invocation = await self._functions.invoke(function, payload)
        except ThrottledError as throttled:
            raise errors.throttled_function(throttled.retry_after_seconds) from None
        self._journal.invoked("invoke", function.logical_id, invocation)
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": invocation.request_id}
        if invocation.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if wants_log:
            headers["X-Amz-Log-Result"] = self._log(function, invocation)
        return web.Response(text=invocation.outcome.payload, content_type="application/json", headers=headers)

    def _log(self, function: Function, invocation: Invocation) -> str:
        """Documented: the last 4 KB of the log, in base64."""
        log = log_of(function, invocation)
        return base64.b64encode(tail(log, self._limits.log_tail_bytes)).decode()

    def _put(self, function: Function, payload: str) -> str:
        try:
            return self._events.put(function, payload)
        except TooManyEventsError:
            raise errors.too_many_events() from None

    async def _read(self, request: web.Request, kind: str) -> str:
        limit = self._limits.event_bytes if kind == "Event" else self._limits.request_bytes
        try:
            text = (await read_limited(request, limit)).decode() or "{}"
            json.loads(text, parse_constant=refuse_constant)
        except BodyTooLargeError as error:
            raise errors.request_too_large(error.size, limit, kind) from None
        except (ValueError, RecursionError):
            raise errors.invalid_request_content() from None
        return text


def _client_context(request: web.Request) -> str:
    """Returns the client context in one line, "" without one. Documented: for synchronous invocations only."""
    try:
        context = json.loads(base64.b64decode(request.headers.get("X-Amz-Client-Context", "e30="), validate=True))
    except (ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise errors.invalid_client_context()
    return json.dumps(context) if context else ""


def _empty(status: int, request_id: str) -> web.Response:
    return web.Response(status=status, headers={"x-amzn-RequestId": request_id})
