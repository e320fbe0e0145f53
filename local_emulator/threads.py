"""Runs handlers in threads of this process: breakpoints work, and a call costs a fraction of a millisecond."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from local_emulator.deadline import within
from local_emulator.deployment import Function
from local_emulator.invocation import HandlerNotFound, Outcome
from local_emulator.lambda_context import LambdaContext
from local_emulator.workers import Workers

Handler = Callable[[Any, Any], Any]


class ThreadRuntime:
    """One function's handler, imported here and called in the emulator's worker threads."""

    def __init__(self, function: Function, workers: Workers) -> None:
        """Raises HandlerNotFound if the Handler string leads nowhere, as AWS would at the first call."""
        self._function = function
        self._workers = workers
        self._handler = _import(function)

    async def run(self, payload: str, request_id: str) -> Outcome:
        """Call the handler. A time-out is answered for, but its thread runs on: Python cannot kill one."""
        call = self._workers.submit(lambda: self._call(payload, request_id))
        try:
            outcome: Outcome = await within(call, self._function.timeout_seconds)
        except TimeoutError:
            return Outcome.timed_out(self._function, request_id)
        return outcome

    def _call(self, payload: str, request_id: str) -> Outcome:
        """In a worker thread: what Lambda's runtime does round a handler."""
        try:
            result = self._handler(json.loads(payload), LambdaContext(self._function, request_id))
        except BaseException as raised:
            return Outcome(_error(raised, request_id), failed=True)
        try:
            return Outcome(json.dumps(result, ensure_ascii=False))
        except (TypeError, ValueError) as raised:
            return Outcome(_marshal_error(raised, request_id), failed=True)


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


def _marshal_error(raised: Exception, request_id: str) -> str:
    message = f"Unable to marshal response: {raised}"
    error = {"errorMessage": message, "errorType": "Runtime.MarshalError", "requestId": request_id}
    return json.dumps(error | {"stackTrace": []})
