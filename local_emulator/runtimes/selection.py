"""The runtimes of all functions: each in execution environments of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping

from local_emulator.activity_log import Journal
from local_emulator.awslambda.invocation import Outcome, Runtime
from local_emulator.awslambda.payload import Payload, json_of
from local_emulator.deployment import Deployment, Function
from local_emulator.runtimes.api_hosts import TlsAccess
from local_emulator.runtimes.environment_pool import EnvironmentPool, PoolLimits
from local_emulator.runtimes.launcher import Launchers
from local_emulator.runtimes.plans import PlanMaker
from local_emulator.runtimes.terminal import DebuggerTerminal
from local_emulator.settings import Settings


class NotEmulated:
    """Answers for a function that cannot run here, and says why."""

    has_suspended_time_outs = False

    def __init__(self, function: Function) -> None:
        message = f"{function.logical_id} is not emulated: {function.not_run}"
        self._outcome = Outcome(json_of({"errorType": "Runtime.NotEmulated", "errorMessage": message}), failed=True)

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
        self._launchers = Launchers()

    def start(self) -> Mapping[str, Runtime]:
        """Returns the runtime of each function, by logical id."""
        functions = self._deployment.functions.values()
        self._pools = dict(self._made())
        names = {name for one in functions for name in (one.logical_id, one.physical_name)}
        if self._settings.debug is not None and self._settings.debug not in names:
            self._journal.notice(f"--debug {self._settings.debug}: the template has no such function")
        self._warming = asyncio.get_running_loop().create_task(self._warm())
        others: dict[str, Runtime] = {one.logical_id: NotEmulated(one) for one in functions if one.not_run is not None}
        return others | self._pools

    async def drop_calls(self) -> None:
        """Ends all calls at work, and forgets those that wait."""
        await asyncio.gather(*(pool.drop_calls() for pool in self._pools.values()))

    async def stop(self) -> None:
        self._warming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._warming
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
        await self._launchers.stop()

    def _made(self) -> Iterator[tuple[str, EnvironmentPool]]:
        settings, journal = self._settings, self._journal
        plans = PlanMaker(self._deployment, settings, journal, self._tls)
        terminal = DebuggerTerminal(journal)
        for name, function in self._deployment.functions.items():
            if function.not_run is None:
                debugged = settings.debug in (function.logical_id, function.physical_name)
                plan = plans.plan(function, settings.debug_port if debugged else None)
                limits = PoolLimits(settings.max_environments, settings.environment_wait_ms / 1000, debugged)
                yield name, EnvironmentPool(plan, self._launchers, journal, limits, terminal)

    async def _warm(self) -> None:
        for pool in self._pools.values():
            await pool.warm()
