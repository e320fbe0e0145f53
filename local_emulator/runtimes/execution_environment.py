"""One execution environment of a function: a process that handles one event at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any, Protocol

from local_emulator.awslambda.invocation import Outcome, lambda_error
from local_emulator.awslambda.payload import Payload, json_of
from local_emulator.deployment import Function
from local_emulator.runtimes.launcher import LauncherProcess, Plan
from local_emulator.runtimes.process_output import FunctionOutput
from local_emulator.runtimes.runtime_api import PendingEvent, RuntimeApi
from local_emulator.trace_id import new_trace_id

# Documented (Lambda Developer Guide, "Lambda execution environment lifecycle"): the first try of an initialisation may
# take 10 s. Lambda then begins it again, within the function's own time-out. Here the first try goes on, for as long.
INIT_SECONDS = 10.0
# A deadline for calls without one: a debugger may stop them for any time.
UNLIMITED_SECONDS = 86_400
READ_BYTES = 65_536


class Call:
    """An event and the future of its outcome, which its caller may cancel; the function still runs on."""

    __slots__ = ("answer", "payload", "request_id", "since")

    def __init__(self, payload: Payload, request_id: str, answer: asyncio.Future[Outcome], since: float) -> None:
        self.payload, self.request_id, self.answer, self.since = payload, request_id, answer, since

    def end(self, outcome: Outcome) -> None:
        if not self.answer.done():
            self.answer.set_result(outcome)


class Owner(Protocol):
    """The pool of an environment."""

    def initialised(self, environment: ExecutionEnvironment, error: dict[str, Any] | None, place: str | None) -> None:
        """Called after the initialisation. `error` is None unless it failed; `place` is the file and line if known."""

    def free(self, environment: ExecutionEnvironment) -> None:
        """Called when the environment asks for an event."""

    def ended(self, environment: ExecutionEnvironment) -> None:
        """Called when the process of the environment has ended."""

    def loaded(self, environment: ExecutionEnvironment, files: list[str], shared: list[str], models: list[str]) -> None:
        """Called with the function's files that it has loaded, and the SDK's modules and files that others share."""

    def printed(self, line: str) -> None:
        """Called with a line that it has written to stdout or stderr."""

    def terminal(self, environment: ExecutionEnvironment, taken: bool) -> None:
        """Called when the debugger of the environment takes the terminal or gives it back."""


class ExecutionEnvironment:
    """A process under a runtime, from its start to its end. `started` is epoch seconds."""

    def __init__(self, function: Function, owner: Owner, *, unlimited: bool = False) -> None:
        self._function = function
        self._owner = owner
        self._unlimited = unlimited
        self._loop = asyncio.get_running_loop()
        self.output = FunctionOutput(owner.printed)
        self._api = RuntimeApi(self)
        self._call: Call | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._messages = b""
        self._place: str | None = None
        self._pid: int | None = None
        self._killed = False
        self.is_initialised = False
        self.is_alive = True
        self.peak_memory_mb = 0
        self.started = time.time()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._channel, self._other = socket.socketpair()
        self._channel.setblocking(False)

    @property
    def is_busy(self) -> bool:
        return self._call is not None

    @property
    def _limit_seconds(self) -> float:
        return UNLIMITED_SECONDS if self._unlimited else self._function.timeout_seconds

    @property
    def is_computing(self) -> bool:
        """Returns True if its process runs or could run, and does not wait for anything (proc(5), state R)."""
        try:
            return Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2][1] == "R"
        except (OSError, IndexError):
            return False

    async def start(self, launcher: LauncherProcess, plan: Plan) -> None:
        """Has the process started. Raises OSError, CannotStartError."""
        address = await self._api.start()
        self._loop.add_reader(self._channel, self._read_messages)
        launcher.launch(plan, self, address, self.output.writing_end, self._other.fileno())
        self._close_other_ends()
        self._timer = self._loop.call_later(max(INIT_SECONDS, self._limit_seconds), self._init_timed_out)

    def hand_over(self, call: Call) -> None:
        """Gives it an event; it must be free. A process that takes too long is killed."""
        self._call = call
        self._timer = self._loop.call_later(self._limit_seconds, self._timed_out)
        deadline = int((time.time() + self._limit_seconds) * 1000)
        text, context = call.payload.text, call.payload.client_context
        self._api.offer(PendingEvent(call.request_id, text, deadline, self._function.arn, new_trace_id(), context))

    def suspend_time_out(self) -> None:
        """Removes the time limit of the current call."""
        if self._timer is not None:
            self._timer.cancel()

    def grant_terminal(self) -> None:
        """Lets its debugger use the terminal."""
        with contextlib.suppress(OSError):
            self._channel.send(b"y")

    def kill(self) -> None:
        """Ends the process and all that it started, at once."""
        self._killed = True
        if self._pid is not None and self.is_alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """Ends the process without waiting for that, and all that is kept for it."""
        self.kill()
        self.fail("Runtime.ExitError", "the emulator stops")

    def refuse_memory(self) -> None:
        """Ends a process that has more than the declared memory. Reported: the log line of Lambda."""
        call = self._call
        about = f"RequestId: {call.request_id} " if call else ""
        self.output.note(f"{about}Error: Runtime exited with error: signal: killed")
        self.output.note(f"Memory Size: {self._function.memory_mb} MB Max Memory Used: {self.peak_memory_mb} MB")
        self.kill()

    def look_at_memory(self) -> int:
        """Returns the resident memory of the process in MB, 0 where that is not known."""
        try:
            pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return 0
        resident = pages * os.sysconf("SC_PAGE_SIZE") // (1024 * 1024)
        self.peak_memory_mb = max(self.peak_memory_mb, resident)
        return resident

    async def ready(self) -> None:
        """Waits for the end of its initialisation, however that ends."""
        await asyncio.shield(self._ready)

    async def over(self) -> None:
        """Waits until the process is gone."""
        await asyncio.shield(self._over)

    def fail(self, error_type: str, message: str) -> None:
        """Ends the environment, because its process could not be started."""
        self._close_other_ends()
        self._end(lambda_error(error_type, message))

    def began(self, pid: int) -> None:
        self._pid = pid
        if self._killed:
            self.kill()

    def failed(self, file: str, error: str) -> None:
        self._end(lambda_error("Runtime.InvalidEntrypoint", f"fork/exec {file}: {error[:1].lower()}{error[1:]}"))

    def ended(self, status: int) -> None:
        call = self._call
        error = lambda_error("Runtime.ExitError", _end_of(status), call.request_id if call else "")
        if call is not None and not self._killed:
            self.output.read()
            self.output.note(f"{error['errorMessage']}\nRuntime.ExitError")  # reported: Lambda's lines in the log
        self._end(error)

    def asked(self) -> None:
        if self._killed:  # sent before its end, perhaps together with an answer that came too late
            return
        if not self.is_initialised:
            self._cancel_timer()
            self.look_at_memory()
            self._read_messages()  # before others start: they share what it has loaded
            self._settle(None)
        self._owner.free(self)

    def init_failed(self, error: dict[str, Any]) -> None:
        self._read_messages()
        self._settle(error)

    def answered(self, request_id: str, outcome: Outcome) -> bool:
        call = self._call
        if call is None or call.request_id != request_id:
            return False
        self._call = None
        self._cancel_timer()
        call.end(self.with_log(outcome))
        return True

    def with_log(self, outcome: Outcome) -> Outcome:
        """Returns the outcome with what was printed since the last one."""
        return outcome._replace(log=self.output.taken(), memory_mb=self.peak_memory_mb)

    def _settle(self, error: dict[str, Any] | None) -> None:
        if not self.is_initialised:
            self.is_initialised = True
            self.output.read()
            self._ready.set_result(None)
            self._owner.initialised(self, error, self._place)

    def _init_timed_out(self) -> None:
        self._settle(Outcome.timed_out(self._function, "").answer.value())
        self.kill()

    def _timed_out(self) -> None:
        """Documented: Lambda ends a function that takes longer than its Timeout, and says so in its log."""
        call, self._call = self._call, None
        self.kill()
        if call is not None:
            outcome = Outcome.timed_out(self._function, call.request_id)
            self.output.read()
            self.output.note(outcome.log.rstrip())
            call.end(self.with_log(outcome))

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_other_ends(self) -> None:
        if self._other.fileno() >= 0:
            self._other.close()
            os.close(self.output.writing_end)

    def _end(self, error: dict[str, Any]) -> None:
        if not self.is_alive:
            return
        self.is_alive = False
        self._cancel_timer()
        self._read_messages()
        self._settle(error)
        call, self._call = self._call, None
        if call is not None:
            call.end(self.with_log(Outcome(json_of(error), failed=True)))
        self._loop.remove_reader(self._channel)
        self._channel.close()
        self.output.close()
        self._api.stop()
        self._over.set_result(None)
        self._owner.ended(self)

    def _read_messages(self) -> None:
        """JSON lines of the bootstrap: what it has loaded, where an import failed, and its debugger's wishes."""
        try:
            data = self._channel.recv(READ_BYTES)
        except (BlockingIOError, ConnectionError):
            return
        if not data:
            self._loop.remove_reader(self._channel)
        *lines, self._messages = (self._messages + data).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):  # the handler has found the descriptor and writes to it
                self._take(json.loads(line))

    def _take(self, message: Any) -> None:
        match message:
            case {"loaded": list(files), "shared": list(shared), "models": list(models)}:
                self._owner.loaded(self, files, shared, models)
            case {"place": str(place)}:
                self._place = place
            case {"terminal": "take"}:
                self._owner.terminal(self, taken=True)
            case {"terminal": "release"}:
                self._owner.terminal(self, taken=False)


def init_outcome(error: dict[str, Any], request_id: str) -> Outcome:
    """Returns the answer of a call whose environment could not be initialised.

    Python's runtime leaves the request id empty. Lambda's own errors have it in their message.
    """
    if error.keys() == {"errorMessage", "errorType"}:
        error = lambda_error(error["errorType"], error["errorMessage"], request_id)
    elif "requestId" in error:
        error = error | {"requestId": request_id}
    return Outcome(json_of(error), failed=True)


def _end_of(status: int) -> str:
    """Returns Lambda's words for a process that ended by itself (reported; those of signals are Go's)."""
    if status < 0:
        name = (signal.strsignal(-status) or f"signal {-status}").split(":")[0].lower()
        return f"Runtime exited with error: signal: {name}"
    return f"Runtime exited with error: exit status {status}" if status else "Runtime exited without providing a reason"
