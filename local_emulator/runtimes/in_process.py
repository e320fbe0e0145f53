"""Runs handlers in threads of this process: breakpoints work, and a call costs a fraction of a millisecond."""

from __future__ import annotations

import asyncio
import json
import traceback

from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.invocation import HandlerNotFound, Outcome
from local_emulator.awslambda.payload import JsonText, Payload, answer_of
from local_emulator.deployment import Function
from local_emulator.runtimes.context import LambdaContext
from local_emulator.runtimes.error_objects import import_failure
from local_emulator.runtimes.module_loader import SharedCode
from local_emulator.runtimes.output_capture import HandlerOutput, install


class ThreadRuntime:
    """One function's handler, imported here and called in the emulator's worker threads."""

    def __init__(self, function: Function, workers: ThreadPool, code: SharedCode) -> None:
        """Raises HandlerNotFound if the Handler string leads nowhere, as AWS would at the first call."""
        self._function = function
        self._workers = workers
        self._code = code
        install()  # before the import: a module may keep the standard output that it finds
        try:
            code.handler(function)
        except Exception as raised:
            problem = f"{type(raised).__name__}: {raised}{_advice(function, raised)}"
            raise HandlerNotFound(f"{function.logical_id}: Handler {function.handler!r}: {problem}") from raised

    @property
    def longest_seconds(self) -> float:
        return self._function.timeout_seconds

    async def run(self, payload: Payload, request_id: str) -> Outcome:
        """Call the handler. A time-out is answered for, but its thread runs on: Python cannot kill one."""
        output = HandlerOutput(request_id, self._function.log_format)
        try:
            async with asyncio.timeout(self._function.timeout_seconds):
                outcome: Outcome = await self._workers.submit(lambda: self._call(payload, request_id, output))
        except TimeoutError:
            return Outcome.timed_out(self._function, request_id, output.text)
        return outcome

    async def restart(self) -> None:
        """Let the next call import its modules anew, with those of the functions that share them."""
        await self._workers.submit(self._code.forget)

    def _call(self, payload: Payload, request_id: str, output: HandlerOutput) -> Outcome:
        """In a worker thread: what Lambda's runtime does round a handler."""
        try:
            handler = self._code.handler(self._function)
        except BaseException as raised:
            return import_failure(self._function.handler, raised, request_id)
        try:
            with output:
                result = handler(payload.value(), LambdaContext(self._function, request_id))
        except BaseException as raised:
            output.write(_logged(raised))
            return Outcome(JsonText(_error(raised, request_id)), failed=True, log=output.text)
        try:
            return Outcome(answer_of(result), log=output.text)
        except (TypeError, ValueError) as raised:
            return Outcome(JsonText(_marshal_error(raised, request_id)), failed=True, log=output.text)


def _advice(function: Function, raised: Exception) -> str:
    """A module that is not the function's own comes from its requirements, which `sam build` puts beside its code."""
    module = function.handler.rpartition(".")[0].replace("/", ".")
    if not isinstance(raised, ModuleNotFoundError) or f"{module}.".startswith(f"{raised.name}."):
        return ""
    return "; install it here, or run the template that `sam build` makes"


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


def _logged(raised: BaseException) -> str:
    """How Lambda's Python runtime logs what a handler raises."""
    frames = traceback.format_list(traceback.extract_tb(raised.__traceback__)[1:])
    trace = "".join(frames)
    return f"[ERROR] {type(raised).__name__}: {raised}\nTraceback (most recent call last):\n{trace}"


def _marshal_error(raised: Exception, request_id: str) -> str:
    message = f"Unable to marshal response: {raised}"
    error = {"errorMessage": message, "errorType": "Runtime.MarshalError", "requestId": request_id}
    return json.dumps(error | {"stackTrace": []})
