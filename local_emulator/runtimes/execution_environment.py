"""One process of a function: what Lambda calls an execution environment. It handles one event at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Function
from local_emulator.runtimes import bootstrap
from local_emulator.runtimes.endpoint_redirects import Redirects
from local_emulator.runtimes.process_output import FunctionOutput
from local_emulator.runtimes.runtime_api import PendingEvent, RuntimeApi

START = str(Path(bootstrap.__file__).parent / "start.py")
# Documented (Lambda Developer Guide, "Lambda execution environment lifecycle"): the first try of an initialisation may
# take 10 s; one that did not finish is begun again within the function's own time-out. Here the first simply goes on.
INIT_SECONDS = 10.0
NEVER_STARTED = 127  # the exit status of a shell's command that could not be run


@dataclass(frozen=True, slots=True)
class Plan:
    """How a function's processes are made: `environment` is called for each, since each has a log stream."""

    function: Function
    path: Sequence[Path]
    environment: Callable[[], Mapping[str, str]]
    redirects: Redirects

    def arguments(self, lifeline: int) -> list[str]:
        given = {
            "handler": self.function.handler,
            "path": [str(folder) for folder in self.path],
            "redirection": self.redirects,
            "lifeline": lifeline,
        }
        return [sys.executable, "-u", "-P", START, json.dumps(given)]


class Owner(Protocol):
    """Who has a process made, and hears what becomes of it."""

    def initialised(self, sandbox: Sandbox, error: dict[str, Any] | None) -> None:
        """It is ready, or failed to get there."""

    def loaded(self, sandbox: Sandbox, files: list[str]) -> None:
        """It has imported these files of its function."""

    def printed(self, line: str) -> None:
        """It has written a line to stdout or stderr."""


class Sandbox:
    """A process under AWS's runtime, from its start to its end. `started` is epoch seconds."""

    def __init__(self, plan: Plan, owner: Owner) -> None:
        self._plan = plan
        self._function = plan.function
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self.output = FunctionOutput(owner.printed)
        self._api = RuntimeApi(lambda: self._settle(None), self._settle, self._answered)
        self._init: asyncio.Future[dict[str, Any] | None] = self._loop.create_future()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._running: tuple[str, asyncio.Future[Outcome]] | None = None
        self._messages = b""
        self._watch: asyncio.Task[None] | None = None
        self.started = time.time()

    @property
    def alive(self) -> bool:
        return not self._exit.done()

    async def start(self) -> None:
        address = await self._api.start()
        self._lifeline, theirs = socket.socketpair()
        self._lifeline.setblocking(False)
        try:
            self._process = await self._spawn(address, theirs)
        except OSError as problem:  # the folder of its code is gone, or there is no room for a process
            await self._end(NEVER_STARTED, {"errorType": "Runtime.StartError", "errorMessage": str(problem)})
            return
        finally:
            os.close(self.output.writing_end)
            theirs.close()
        self._loop.add_reader(self._lifeline, self._read_messages)
        self._watch = self._loop.create_task(self._watch_over())

    async def _spawn(self, address: str, theirs: socket.socket) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._plan.arguments(theirs.fileno()),
            env={**self._plan.environment(), "AWS_LAMBDA_RUNTIME_API": address},
            cwd=str(self._function.code_dir),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self.output.writing_end,
            stderr=self.output.writing_end,
            pass_fds=(theirs.fileno(),),
            # A group of its own: Ctrl-C is the emulator's affair, and what the handler starts ends with it.
            start_new_session=True,
        )

    async def initialised(self) -> dict[str, Any] | None:
        """Wait for the end of its initialisation: None, or the error of one that failed."""
        return await asyncio.shield(self._init)

    async def run(self, payload: str, request_id: str) -> Outcome:
        """Hand over an event and wait for what comes of it; a process that takes too long is killed."""
        limit = self._function.timeout_seconds
        try:
            async with asyncio.timeout(INIT_SECONDS + limit):
                error = await self.initialised()
            if error is not None:
                return self._with_log(Outcome(json_of(error | {"requestId": request_id}), failed=True))
            async with asyncio.timeout(limit):
                return self._with_log(await self._hand_over(payload, request_id))
        except TimeoutError:
            return await self._time_out(request_id)

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        self.kill()
        if self._watch is not None:
            await self._watch

    async def _hand_over(self, payload: str, request_id: str) -> Outcome:
        if not self.alive:
            return _exited(self._exit.result(), request_id)
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        self._running = (request_id, answer)
        deadline = int((time.time() + self._function.timeout_seconds) * 1000)
        self._api.offer(PendingEvent(request_id, payload, deadline, self._function.arn))
        try:
            return await answer
        finally:
            self._running = None

    async def _time_out(self, request_id: str) -> Outcome:
        """Documented: Lambda ends a function that takes longer than its Timeout, and says so in its log."""
        outcome = Outcome.timed_out(self._function, request_id)
        self._settle(outcome.answer.value())
        await self.stop()
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.output.note(f"{moment} {request_id} Task timed out after {self._function.timeout_seconds:.2f} seconds")
        return self._with_log(outcome)

    def _with_log(self, outcome: Outcome) -> Outcome:
        return outcome._replace(log=self.output.taken())

    def _settle(self, error: dict[str, Any] | None) -> None:
        """Its initialisation is over; it asks for an event again and again, but only the first time tells that."""
        if not self._init.done():
            self.output.read()
            self._init.set_result(error)
            self._owner.initialised(self, error)

    def _answered(self, request_id: str, outcome: Outcome) -> None:
        if self._running and self._running[0] == request_id and not self._running[1].done():
            self._running[1].set_result(outcome)

    async def _watch_over(self) -> None:
        """Wait for its end and answer for it; then nothing of it is left."""
        status = await self._process.wait()
        # What it started and left behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._end(status, _exit_error(status, ""))

    async def _end(self, status: int, error: dict[str, Any]) -> None:
        self._exit.set_result(status)
        self._settle(error)
        if self._running and not self._running[1].done():
            self._running[1].set_result(_exited(status, self._running[0]))
        self._loop.remove_reader(self._lifeline)
        self._lifeline.close()
        self.output.close()
        await self._api.stop()

    def _read_messages(self) -> None:
        """JSON lines of the files that it has loaded."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            data = self._lifeline.recv(65_536)
            if not data:
                self._loop.remove_reader(self._lifeline)
            *lines, self._messages = (self._messages + data).split(b"\n")
            for line in lines:
                self._owner.loaded(self, json.loads(line))


def _exited(status: int, request_id: str) -> Outcome:
    return Outcome(json_of(_exit_error(status, request_id)), failed=True)


def _exit_error(status: int, request_id: str) -> dict[str, Any]:
    """Lambda's words for a process that ended by itself (reported; those of signals are Go's)."""
    if status < 0:
        name = (signal.strsignal(-status) or f"signal {-status}").split(":")[0].lower()
        reason = f"Runtime exited with error: signal: {name}"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = "Runtime exited without providing a reason"
    about = f"RequestId: {request_id} Error: " if request_id else ""
    return {"errorMessage": about + reason, "errorType": "Runtime.ExitError"}
