"""The Lambda functions: a Handler string becomes a callable, a call becomes an invocation."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.deployment import Function
from local_emulator.workers import Workers

Handler = Callable[[Any, Any], Any]


class HandlerNotFound(Exception):
    """A Handler string that leads nowhere; the message names the function, the string and why."""


class UnknownFunction(Exception):
    """There is no function of that name."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of one call: `payload` is the JSON text of the result, or of the error if `failed`."""

    request_id: str
    payload: str
    failed: bool
    duration_ms: float

    @property
    def result(self) -> Any:
        return json.loads(self.payload)


class LambdaContext:
    """The `context` of a handler (Lambda Developer Guide, python-context)."""

    def __init__(self, function: Function, region_arn: str, request_id: str) -> None:
        self.aws_request_id = request_id
        self.function_name = function.physical_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = region_arn
        self.memory_limit_in_mb = str(function.memory_mb)
        self.log_group_name = f"/aws/lambda/{function.physical_name}"
        self.log_stream_name = f"{time.strftime('%Y/%m/%d')}/[$LATEST]local"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + function.timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Functions:
    """Runs the functions of a deployment in threads of this process."""

    def __init__(self, functions: Mapping[str, Function], workers: Workers) -> None:
        self._functions = functions
        self._workers = workers
        self._handlers: dict[str, Handler] = {}

    def load(self) -> None:
        """Import every handler. Raises HandlerNotFound for the first that does not come up, as AWS would."""
        for function in self._functions.values():
            self._handlers[function.logical_id] = _import(function)

    def find(self, name: str) -> Function:
        """A function by logical id, physical name or ARN, with or without a qualifier. Raises UnknownFunction."""
        bare = name.split(":function:", 1)[-1].split(":", 1)[0]
        for function in self._functions.values():
            if bare in (function.logical_id, function.physical_name):
                return function
        raise UnknownFunction(bare)

    async def invoke(self, function: Function, payload: str) -> Invocation:
        """Call the handler with a JSON payload. A time-out is answered for; the thread runs on (Python has no kill)."""
        request_id = str(uuid.uuid4())
        started = time.perf_counter()
        call = self._workers.submit(lambda: self._run(function, payload, request_id))
        try:
            text, failed = await asyncio.wait_for(call, function.timeout_seconds)
        except TimeoutError:
            text, failed = _timed_out(function, request_id), True
        return Invocation(request_id, text, failed, (time.perf_counter() - started) * 1000)

    def _run(self, function: Function, payload: str, request_id: str) -> tuple[str, bool]:
        """In a worker thread: what Lambda's runtime does round a handler."""
        context = LambdaContext(function, function.arn, request_id)
        try:
            result = self._handlers[function.logical_id](json.loads(payload), context)
        except BaseException as raised:
            return _error(raised, request_id), True
        try:
            return json.dumps(result, ensure_ascii=False), False
        except (TypeError, ValueError) as raised:
            return json.dumps(_marshal_error(raised, request_id)), True


def _import(function: Function) -> Handler:
    module_name, _, attribute = function.handler.rpartition(".")
    module_name = module_name.replace("/", ".")
    folder = str(function.code_dir)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        handler: Handler = getattr(importlib.import_module(module_name), attribute)
    except Exception as raised:
        problem = f"{type(raised).__name__}: {raised}"
        raise HandlerNotFound(f"{function.logical_id}: Handler {function.handler!r}: {problem}") from raised
    return handler


def _error(raised: BaseException, request_id: str) -> str:
    """The error object of Lambda's Python runtime."""
    frames = traceback.format_list(traceback.extract_tb(raised.__traceback__)[1:])
    return json.dumps(
        {
            "errorMessage": str(raised),
            "errorType": type(raised).__name__,
            "requestId": request_id,
            "stackTrace": frames,
        }
    )


def _marshal_error(raised: Exception, request_id: str) -> dict[str, Any]:
    message = f"Unable to marshal response: {raised}"
    return {
        "errorMessage": message,
        "errorType": "Runtime.MarshalError",
        "requestId": request_id,
        "stackTrace": [],
    }


def _timed_out(function: Function, request_id: str) -> str:
    message = f"{request_id} Task timed out after {function.timeout_seconds:.2f} seconds"
    return json.dumps({"errorMessage": message, "errorType": "Sandbox.Timedout"})
