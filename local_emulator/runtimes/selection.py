"""Where functions run: in threads of this process when they can share it, else each in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from local_emulator.activity_log import Journal
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.invocation import Runtime
from local_emulator.deployment import Deployment, Function
from local_emulator.runtimes import output_capture
from local_emulator.runtimes.code_paths import code_path, shared_path
from local_emulator.runtimes.endpoint_redirects import redirects
from local_emulator.runtimes.environment import (
    ConflictingVariables,
    function_environment,
    sdk_environment,
    shared_environment,
)
from local_emulator.runtimes.execution_environment import Plan
from local_emulator.runtimes.in_process import ThreadRuntime
from local_emulator.runtimes.module_loader import SharedCode
from local_emulator.runtimes.process_pool import ProcessRuntime
from local_emulator.settings import Settings

RUNTIME = "awslambdaric"


class CannotIsolate(Exception):
    """What runs functions in processes of their own is not installed."""


class Isolation(Protocol):
    """What runs all functions. `environment` is for this process, before anything starts."""

    @property
    def environment(self) -> Mapping[str, str]: ...

    def start(self) -> Mapping[str, Runtime]:
        """The runtime of each function, by logical id."""

    async def stop(self) -> None:
        """End what was started."""


def isolation(deployment: Deployment, settings: Settings, journal: Journal) -> Isolation:
    """As the settings wish. Raises CannotShare, ConflictingVariables, CannotIsolate."""
    reason = apart(deployment, settings)
    return Threads(deployment, settings, journal) if reason is None else Processes(deployment, settings, journal)


def apart(deployment: Deployment, settings: Settings) -> str | None:
    """Why functions run in processes of their own; None if they run in threads."""
    if settings.isolation != "auto":
        return "as asked" if settings.isolation == "process" else None
    functions = deployment.functions.values()
    if len({function.code_dir for function in functions}) > 1:
        return "their code is in several folders"
    if any(function.layers for function in functions):
        return "they have layers"
    try:
        shared_environment(deployment, settings)
    except ConflictingVariables:
        return "their environments differ"
    return None


class Threads:
    """Every function in worker threads of this process: breakpoints work, and calls are cheap."""

    def __init__(self, deployment: Deployment, settings: Settings, journal: Journal) -> None:
        self._functions = deployment.functions
        self._path = shared_path(deployment.functions.values())
        self._changed = partial(journal.reloaded, "all functions")
        self.environment = shared_environment(deployment, settings)

    def start(self) -> Mapping[str, Runtime]:
        """Import every handler. Raises HandlerNotFound for the first that cannot be."""
        self._workers = ThreadPool()
        self._code = SharedCode(self._path, self._changed)
        return {name: ThreadRuntime(function, self._workers, self._code) for name, function in self._functions.items()}

    async def stop(self) -> None:
        self._workers.stop()
        self._code.close()
        output_capture.uninstall()


class Processes:
    """Each function in processes of its own, started one after the other while the emulator is already serving."""

    def __init__(self, deployment: Deployment, settings: Settings, journal: Journal) -> None:
        if importlib.util.find_spec(RUNTIME) is None:
            raise CannotIsolate(f"{RUNTIME} is not installed: pip install {RUNTIME}")
        self.environment = sdk_environment(deployment, settings)
        self._runtimes = {
            name: ProcessRuntime(_plan(function, deployment, settings), journal)
            for name, function in deployment.functions.items()
        }

    def start(self) -> Mapping[str, Runtime]:
        self._warming = asyncio.get_running_loop().create_task(self._warm())
        return self._runtimes

    async def stop(self) -> None:
        self._warming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._warming
        await asyncio.gather(*(runtime.stop() for runtime in self._runtimes.values()))

    async def _warm(self) -> None:
        for runtime in self._runtimes.values():
            await runtime.warm()


def _plan(function: Function, deployment: Deployment, settings: Settings) -> Plan:
    environment = partial(function_environment, function, deployment, settings)
    return Plan(function, code_path(function), environment, redirects(deployment, settings))
