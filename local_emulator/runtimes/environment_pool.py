"""The execution environments of one function: as many as there are events at once, up to a bound."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import Payload
from local_emulator.runtimes.execution_environment import Call, ExecutionEnvironment, init_outcome
from local_emulator.runtimes.file_watcher import Watch, files_of, is_watched
from local_emulator.runtimes.launcher import CannotStartError, Launchers, Plan
from local_emulator.runtimes.processors import LOOK_SECONDS, Processors
from local_emulator.runtimes.scaling import ENOUGH_FOR_QUICK_CALLS, PROCESSOR_COUNT, Look
from local_emulator.runtimes.terminal import DebuggerTerminal

IDLE_SECONDS = 60.0
MEMORY_POLL_SECONDS = 0.1
DRAIN_POLL_SECONDS = 0.1
MAX_STARTING = 2 * PROCESSOR_COUNT
PROCESSORS = Processors()


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`max_environments` are those of one function; an event waits `wait_seconds` for one before another is made.

    `debugged`: there is one environment, without time-outs and without a limit of memory.
    """

    max_environments: int = 50
    wait_seconds: float = 0.010
    debugged: bool = False


class EnvironmentPool:
    """Runs the events of one function.

    Documented (Lambda Developer Guide, "Understanding Lambda function scaling"): an environment handles one event at a
    time; there are as many as there are events at once. Here there are at most so many as the limits say, or as the
    function reserves.
    """

    def __init__(
        self, plan: Plan, launchers: Launchers, journal: Journal, limits: PoolLimits, terminal: DebuggerTerminal
    ) -> None:
        self._plan, self._launchers, self._journal = plan, launchers, journal
        self._limits, self._terminal, self._debugged = limits, terminal, limits.debugged
        self._name = plan.function.logical_id
        self._folders = tuple(f"{folder}{os.sep}" for folder in plan.watched)
        reserved = plan.function.reserved_concurrency or limits.max_environments
        self._max = 1 if limits.debugged else min(limits.max_environments, reserved)
        self._waiting: deque[Call] = deque()
        self._idle: list[tuple[ExecutionEnvironment, float]] = []
        self._current: set[ExecutionEnvironment] = set()
        self._all: set[ExecutionEnvironment] = set()
        self._starting: set[ExecutionEnvironment] = set()
        self._prompts: set[ExecutionEnvironment] = set()
        self._shares_nothing = False
        self._ended = 0
        self._looked = 0.0
        self._wait_timer: asyncio.TimerHandle | None = None
        self._memory_timer: asyncio.TimerHandle | None = None
        self._watch = Watch()
        self._last_error: dict[str, Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._loop = asyncio.get_running_loop()

    @property
    def has_suspended_time_outs(self) -> bool:
        """Returns True if it is debugged, or a breakpoint holds a call: then the gateway's time limits wait, too."""
        return self._debugged or bool(self._prompts)

    def is_queued(self, request_id: str) -> bool:
        """Returns True for a call that waits here, where Lambda would have started an environment for it."""
        return any(call.request_id == request_id for call in islice(self._waiting, len(self._starting), None))

    async def run(self, payload: Payload, request_id: str) -> Outcome:
        """Calls the function. It runs on if the caller gives up, as in Lambda."""
        self._renew_if_changed()
        call = Call(payload, request_id, self._loop.create_future(), self._loop.time())
        environment = self._take()
        if environment is not None:
            self._hand_over(environment, call)
        else:
            self._waiting.append(call)
            self._start_more()
        return await call.answer

    async def restart(self) -> None:
        """Lets the next call have a new environment; those at work end after the event that they have."""
        self._renew()

    async def drop_calls(self) -> None:
        """Ends the running calls with their processes, and drops those that wait; free environments stay."""
        while self._waiting:
            self._waiting.popleft().answer.cancel()
        busy = [environment for environment in self._all if environment.is_busy]
        for environment in busy:
            environment.kill()
        await asyncio.gather(*(environment.over() for environment in busy))

    async def warm(self) -> bool:
        """Starts an environment before the first event, so that a function that cannot be imported is known at once.

        The first that has loaded the SDK has it for itself alone, and gives way to another. Returns False if there was
        one.
        """
        if self._all or self._starting or self._stopped:
            return False
        await self._ready_one()
        if self._shares_nothing and not self._stopped:
            self.end_idle()
            await self._ready_one()
        return True

    def end_idle(self) -> None:
        """Ends what waits for an event; the next event has a new environment."""
        for environment, _ in self._idle:
            self._current.discard(environment)
            environment.kill()
        self._idle.clear()

    def is_of(self, plan: Plan) -> bool:
        """Returns True if environments of a plan would be the same as those of this pool."""
        return self._plan.is_same(plan)

    async def drain(self) -> None:
        """Ends idle environments at once, the others after the calls that they have and that wait; then stops."""
        self._renew()
        # An environment ends in many places; the poll is for a change of the template alone.
        while self._waiting or any(one.is_busy for one in self._all):  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_POLL_SECONDS)
        await self.stop()

    async def stop(self) -> None:
        self._stopped = True
        for timer in (self._wait_timer, self._memory_timer):
            if timer is not None:
                timer.cancel()
        for task in self._tasks:
            task.cancel()
        for call in self._waiting:
            call.answer.cancel()
        for environment in list(self._all):
            environment.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def initialised(self, environment: ExecutionEnvironment, error: dict[str, Any] | None, place: str | None) -> None:
        """Lets its output be seen, unless it fails to start for the same reason as the one before it."""
        self._starting.discard(environment)
        if environment not in self._current:  # it was to give way to new code
            return
        if error is not None:
            if error != self._last_error and not self._stopped:
                environment.output.release()
                about = f" ({place})" if place else ""
                self._journal.notice(f"{self._name}: {error.get('errorType')}: {error.get('errorMessage')}{about}")
            if self._waiting:
                call = self._waiting.popleft()
                call.end(environment.with_log(init_outcome(error, call.request_id)))
            self._current.discard(environment)
            environment.kill()
            self._loop.call_soon(self._start_more)
        else:
            environment.output.release()
            if self._plan.python is None:  # only Python reports what it has loaded
                self._watch.add(files_of(self._folders), environment.started, time.time())
        self._last_error = error

    def free(self, environment: ExecutionEnvironment) -> None:
        self._ended += 1
        if environment not in self._current or self._stopped:
            environment.kill()
        elif self._waiting:
            self._hand_over(environment, self._waiting.popleft())
        else:
            self._idle.append((environment, self._loop.time()))
            if len(self._idle) == 2:
                self._loop.call_later(IDLE_SECONDS, self._trim)

    def ended(self, environment: ExecutionEnvironment) -> None:
        self._all.discard(environment)
        self._current.discard(environment)
        self._starting.discard(environment)
        self.terminal(environment, taken=False)
        if not self._stopped:
            self._start_more()

    def loaded(self, environment: ExecutionEnvironment, files: list[str], shared: list[str], models: list[str]) -> None:
        own = [file for file in files if is_watched(file, self._folders)]
        self._watch.add(own, environment.started, time.time())
        if self._plan.python is not None:
            self._shares_nothing |= self._launchers.preload(self._plan, shared, models)

    def printed(self, line: str) -> None:
        self._journal.printed(self._name, line)

    def terminal(self, environment: ExecutionEnvironment, taken: bool) -> None:
        if taken:
            environment.suspend_time_out()
            self._prompts.add(environment)
            self._terminal.take(environment)
        elif environment in self._prompts:
            self._prompts.discard(environment)
            self._terminal.release(environment)

    def _hand_over(self, environment: ExecutionEnvironment, call: Call) -> None:
        environment.hand_over(call)
        if self._memory_timer is None:
            self._memory_timer = self._loop.call_later(MEMORY_POLL_SECONDS, self._watch_memory)

    def _take(self) -> ExecutionEnvironment | None:
        """Returns the one that was used last: the others may then become superfluous."""
        while self._idle:
            environment, _ = self._idle.pop()
            if environment.is_alive:
                return environment
        return None

    def _start_more(self) -> None:
        """Starts what the events that have waited long enough need; the first of all need not wait."""
        if self._stopped or not self._waiting:
            return
        now = self._loop.time()
        waited = self._waiting[0].since + self._limits.wait_seconds
        if self._current and now < waited:
            if self._wait_timer is None:
                self._wait_timer = self._loop.call_at(waited, self._look_at_waiting)
            return
        if len(self._current) >= ENOUGH_FOR_QUICK_CALLS and (self._wait_timer or self._has_enough(now)):
            self._look_later()
            return
        due = sum(now >= call.since + self._limits.wait_seconds for call in self._waiting) or 1
        room = min(self._max - len(self._current), MAX_STARTING - len(self._starting), due - len(self._starting))
        for _ in range(room):
            self._begin_start()
        if len(self._current) < self._max:
            self._look_later()

    def _look_later(self) -> None:
        if self._wait_timer is None:
            few = len(self._current) < ENOUGH_FOR_QUICK_CALLS
            wait_seconds = max(self._limits.wait_seconds, 0 if few else LOOK_SECONDS)
            self._wait_timer = self._loop.call_later(wait_seconds, self._look_at_waiting)

    def _has_enough(self, now: float) -> bool:
        ended, self._ended = self._ended, 0
        seconds, self._looked = now - self._looked, now
        return Look(len(self._current), ended, seconds, self._computing, PROCESSORS.are_busy()).is_enough

    def _computing(self) -> int:
        return sum(environment.is_computing for environment in self._current)

    def _look_at_waiting(self) -> None:
        self._wait_timer = None
        self._start_more()

    def _begin_start(self) -> None:
        task = self._loop.create_task(self._start(self._make()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ready_one(self) -> None:
        self._shares_nothing = False
        environment = self._make()
        await self._start(environment)
        await environment.ready()

    def _make(self) -> ExecutionEnvironment:
        environment = ExecutionEnvironment(self._plan.function, self, unlimited=self._debugged)
        self._all.add(environment)
        self._current.add(environment)
        self._starting.add(environment)
        return environment

    async def _start(self, environment: ExecutionEnvironment) -> None:
        try:
            await environment.start(await self._launchers.of(self._plan), self._plan)
        except CannotStartError as problem:
            environment.fail(problem.error_type, str(problem))
        except OSError as problem:  # the folder of its code is gone, or the system has no memory for a process
            environment.fail("Runtime.StartError", str(problem))

    def _trim(self) -> None:
        """Ends those that have had nothing to do for a while; one stays, so that the next event finds it."""
        longest_idle = self._loop.time() - IDLE_SECONDS
        while len(self._idle) > 1 and self._idle[0][1] <= longest_idle:
            environment, _ = self._idle.pop(0)
            self._current.discard(environment)
            environment.kill()
        if len(self._idle) > 1:
            self._loop.call_at(self._idle[0][1] + IDLE_SECONDS, self._trim)

    def _watch_memory(self) -> None:
        """Ends an environment with more resident memory than its function declares; checks busy ones every 0.1 s.

        Approximate: a shared page counts in full, a child of the handler not at all, and a short peak may go unseen.
        """
        self._memory_timer = None
        busy = [environment for environment in self._all if environment.is_busy]
        for environment in busy:
            if environment.look_at_memory() > self._plan.function.memory_mb and not self._debugged:
                environment.refuse_memory()
        if busy:
            self._memory_timer = self._loop.call_later(MEMORY_POLL_SECONDS, self._watch_memory)

    def _renew_if_changed(self) -> None:
        """Code that has changed is for new environments; those at work end after the event that they have."""
        changed = self._watch.changed(time.time())
        if changed:
            self._journal.reloaded(self._name, changed)
            self._renew()

    def _renew(self) -> None:
        busy = {environment for environment in self._current if environment.is_busy}
        for environment in self._current - busy:
            environment.kill()
        self._launchers.renew(self._plan)
        self._current.clear()
        self._starting.clear()
        self._idle.clear()
        self._last_error = None
