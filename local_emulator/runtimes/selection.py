"""The runtimes of all functions: each in execution environments of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from local_emulator.activity_log import Journal
from local_emulator.aio.background_tasks import BackgroundTasks
from local_emulator.awslambda.invocation import Outcome, Runtime
from local_emulator.awslambda.payload import Payload, json_of
from local_emulator.deployment import Deployment, Function
from local_emulator.runtimes.api_hosts import TlsAccess
from local_emulator.runtimes.environment_pool import EnvironmentPool, PoolLimits
from local_emulator.runtimes.launcher import Launchers
from local_emulator.runtimes.plans import PlanMaker
from local_emulator.runtimes.terminal import DebuggerTerminal
from local_emulator.settings import Settings

GONE = "the template no longer has it"

# Each has about 20 MB of its own once it has made a client of the SDK; the first event of others waits for a fork.
MAX_WARM = 8


class NotEmulated:
    """Answers for a function that cannot run here, and says why."""

    has_suspended_time_outs = False

    def __init__(self, function: Function) -> None:
        message = f"{function.logical_id} is not emulated: {function.not_run}"
        self._outcome = Outcome(json_of({"errorType": "Runtime.NotEmulated", "errorMessage": message}), failed=True)

    def is_queued(self, request_id: str) -> bool:
        return False

    async def run(self, payload: Payload, request_id: str) -> Outcome:
        return self._outcome

    async def restart(self) -> None:
        """There is nothing to begin anew."""


class Environments:
    """The pools of a deployment, warmed one after the other while the emulator is already serving."""

    def __init__(
        self, deployment: Deployment, settings: Settings, journal: Journal, tls: TlsAccess | None = None
    ) -> None:
        self._deployment, self._settings, self._journal, self._tls = deployment, settings, journal, tls
        self._pools: dict[str, EnvironmentPool] = {}
        self._draining: set[EnvironmentPool] = set()
        self._gone: dict[str, Runtime] = {}
        self._launchers = Launchers()
        self._terminal = DebuggerTerminal(journal)
        self._tasks = BackgroundTasks()

    def start(self) -> Mapping[str, Runtime]:
        """Returns the runtime of each function, by logical id."""
        functions = self._deployment.functions.values()
        names = {name for one in functions for name in (one.logical_id, one.physical_name)}
        if self._settings.debug is not None and self._settings.debug not in names:
            self._journal.notice(f"--debug {self._settings.debug}: the template has no such function")
        return self.deploy(self._deployment)

    def deploy(self, deployment: Deployment) -> Mapping[str, Runtime]:
        """Returns the runtimes of a changed template; a function that is as before keeps its environments.

        A function that is gone answers with an error, for events that are still on their way to it.
        """
        before, functions = self._deployment.functions, deployment.functions
        self._gone |= {name: NotEmulated(replace(before[name], not_run=GONE)) for name in before.keys() - functions}
        self._deployment, old = deployment, self._pools
        self._pools = dict(self._made(old))
        for pool in set(old.values()) - set(self._pools.values()):
            self._draining.add(pool)
            self._tasks.start(self._drain(pool))
        self._tasks.start(self._warm(list(self._pools.values())))
        others: dict[str, Runtime] = {
            one.logical_id: NotEmulated(one) for one in functions.values() if one.not_run is not None
        }
        return self._gone | others | self._pools

    async def drop_calls(self) -> None:
        """Ends all running calls, and drops those that wait."""
        await asyncio.gather(*(pool.drop_calls() for pool in (*self._pools.values(), *self._draining)))

    async def stop(self) -> None:
        self._tasks.cancel()
        await asyncio.gather(*(pool.stop() for pool in (*self._pools.values(), *self._draining)))
        await self._launchers.stop()

    def _made(self, old: Mapping[str, EnvironmentPool]) -> Iterator[tuple[str, EnvironmentPool]]:
        settings, journal = self._settings, self._journal
        plans = PlanMaker(self._deployment, settings, journal, self._tls)
        for name, function in self._deployment.functions.items():
            if function.not_run is None:
                debugged = settings.debug in (function.logical_id, function.physical_name)
                plan = plans.plan(function, settings.debug_port if debugged else None)
                limits = PoolLimits(settings.max_environments, settings.environment_wait_ms / 1000, debugged)
                if name in old and old[name].is_of(plan):
                    yield name, old[name]
                else:
                    yield name, EnvironmentPool(plan, self._launchers, journal, limits, self._terminal)

    async def _warm(self, pools: Sequence[EnvironmentPool]) -> None:
        """Initialises each function once, so that errors are known; few environments then wait for an event."""
        for number, pool in enumerate(pools):
            if await pool.warm() and number >= MAX_WARM:
                pool.end_idle()

    async def _drain(self, pool: EnvironmentPool) -> None:
        await pool.drain()
        self._draining.discard(pool)
