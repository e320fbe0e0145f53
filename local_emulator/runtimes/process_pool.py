"""Runs each function in processes of its own under AWS's runtime: what one does, another never feels."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import Payload
from local_emulator.runtimes.execution_environment import Plan, Sandbox
from local_emulator.runtimes.file_watcher import Watch, is_watched

MOST_PROCESSES = 20
IDLE_SECONDS = 60.0


class ProcessRuntime:
    """The processes of one function.

    Documented (Lambda Developer Guide, "Understanding Lambda function scaling"): a process handles one event at a
    time; there are as many as there are events at once. Here, at most `most`, and what is over that waits.
    """

    def __init__(self, plan: Plan, journal: Journal, most: int = MOST_PROCESSES) -> None:
        self._plan = plan
        self._name = plan.function.logical_id
        self._folders = tuple(f"{folder}/" for folder in plan.path)
        self._journal = journal
        self._room = asyncio.Semaphore(min(most, plan.function.reserved_concurrency or most))
        self._making = asyncio.Lock()
        self._idle: list[tuple[Sandbox, float]] = []
        self._current: set[Sandbox] = set()
        self._all: set[Sandbox] = set()
        self._watch = Watch()
        self._last_error: dict[str, Any] | None = None
        self._tasks: set[asyncio.Task[Outcome]] = set()
        self._stopped = False

    @property
    def longest_seconds(self) -> float:
        return math.inf  # it may have to wait for a process

    async def run(self, payload: Payload, request_id: str) -> Outcome:
        """Call the function. It runs on if nobody waits for the answer any more, as in Lambda."""
        task = asyncio.get_running_loop().create_task(self._run(payload.text, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def restart(self) -> None:
        """Let the next call have a new process; those at work end after the event they have."""
        self._renew()

    async def warm(self) -> None:
        """Start a process before the first event, so that a function that cannot be imported is known at once."""
        async with self._making:
            if self._all:
                return
            sandbox = await self._start()
            self._put_back(sandbox)
        await sandbox.initialised()

    async def stop(self) -> None:
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *(sandbox.stop() for sandbox in self._all), return_exceptions=True)

    def initialised(self, sandbox: Sandbox, error: dict[str, Any] | None) -> None:
        """Let its output be seen, unless it fails to start for the same reason as the one before it."""
        if error is None or error != self._last_error:
            sandbox.output.release()
            if error is not None:
                self._journal.notice(f"{self._name}: {error.get('errorType')}: {error.get('errorMessage')}")
        self._last_error = error

    def loaded(self, sandbox: Sandbox, files: list[str]) -> None:
        own = [file for file in files if is_watched(file, self._folders)]
        self._watch.add(own, sandbox.started, time.time())

    def printed(self, line: str) -> None:
        self._journal.printed(self._name, line)

    async def _run(self, payload: str, request_id: str) -> Outcome:
        async with self._room:
            self._renew_if_changed()
            async with self._making:
                sandbox = self._take() or await self._start()
            try:
                return await sandbox.run(payload, request_id)
            finally:
                self._put_back(sandbox)

    async def _start(self) -> Sandbox:
        sandbox = Sandbox(self._plan, self)
        self._all = {one for one in self._all if one.alive} | {sandbox}
        self._current.add(sandbox)
        await sandbox.start()
        return sandbox

    def _take(self) -> Sandbox | None:
        """The one that was used last: the others may then become superfluous."""
        while self._idle:
            sandbox, _ = self._idle.pop()
            if sandbox.alive:
                return sandbox
        return None

    def _put_back(self, sandbox: Sandbox) -> None:
        if not sandbox.alive or sandbox not in self._current or self._stopped:
            self._current.discard(sandbox)
            sandbox.kill()
        else:
            self._idle.append((sandbox, time.monotonic()))
            asyncio.get_running_loop().call_later(IDLE_SECONDS, self._trim)

    def _trim(self) -> None:
        """End those that have had nothing to do for a while; one stays, so that the next event finds it."""
        longest_idle = time.monotonic() - IDLE_SECONDS
        while len(self._idle) > 1 and self._idle[0][1] <= longest_idle:
            sandbox, _ = self._idle.pop(0)
            self._current.discard(sandbox)
            sandbox.kill()

    def _renew_if_changed(self) -> None:
        """Code that has changed is for new processes; those at work end after the event they have."""
        changed = self._watch.changed(time.time())
        if changed:
            self._journal.reloaded(self._name, changed)
            self._renew()

    def _renew(self) -> None:
        self._current.clear()
        for sandbox, _ in self._idle:
            sandbox.kill()
        self._idle.clear()
