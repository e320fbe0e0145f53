"""The emulator's side of a launcher: the process from which the environments of one function are started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local_emulator.deployment import Function
from local_emulator.runtimes import bootstrap

SCRIPT = str(Path(bootstrap.__file__).parent / "launcher.py")
READ_BYTES = 65_536


class CannotStartError(Exception):
    """An environment cannot be started. `error_type` is Lambda's word for it."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class Plan:
    """The way in which a function's environments are made.

    `variables` are those that all of them have, `environment_variables` returns those of one. `command` returns the
    command line of a runtime that is started anew for each environment, None for one that is forked; it raises
    CannotStartError. In both `{channel}` stands for the number of the channel's descriptor. `python` is what the
    Python bootstrap is given in the launcher, `own` what it is given in the environment. Plans that differ in
    `interpreter`, `python` or `inherited` do not share a launcher; `inherited` are the variables that AWS's runtime
    reads when it is imported. `watched` are the folders whose files make a reload.
    """

    function: Function
    variables: Mapping[str, str]
    environment_variables: Callable[[], Mapping[str, str]]
    interpreter: str = sys.executable
    python: Mapping[str, Any] | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    command: Callable[[], Sequence[str]] | None = None
    watched: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """The settings that all plans of one launcher share."""
        return json.dumps([self.interpreter, self.python, self.inherited])

    def is_same(self, other: Plan) -> bool:
        """Returns True if environments of both plans are the same; a plan holds functions, which never compare."""
        compared = (self.function, self.variables, self.own, self.watched, self.key)
        return compared == (other.function, other.variables, other.own, other.watched, other.key)


class Started(Protocol):
    """The environment that a launcher has started."""

    def began(self, pid: int) -> None:
        """The process is there."""

    def ended(self, status: int) -> None:
        """The process has ended; a signal is a negative status."""

    def failed(self, file: str, error: str) -> None:
        """No process could be started: the system's error about a file or folder."""


class LauncherProcess:
    """One launcher, from its start to its end; all that it has started ends with it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._loop = asyncio.get_running_loop()
        self._started: dict[int, Started] = {}
        self._pids: dict[Started, int] = {}
        self._preloaded: set[str] = set()
        self._has_models = False
        self._count = 0
        self._data = b""
        self._alive = False
        self._retired = False
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        return self._alive

    async def start(self) -> None:
        """Starts the process. Raises OSError."""
        plan = self._plan
        self._control, other = socket.socketpair()
        self._control.setblocking(False)
        given = {"control": other.fileno(), "python": plan.python}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(plan.interpreter, "-u", SCRIPT, json.dumps(given)),
                env={**plan.variables},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(other.fileno(),),
                start_new_session=True,  # Ctrl-C is the emulator's affair
            )
        except OSError:
            self._control.close()
            raise
        finally:
            other.close()
        self._alive = True
        self._loop.add_reader(self._control, self._read)

    def launch(self, plan: Plan, started: Started, address: str, output: int, channel: int) -> None:
        """Starts an environment that prints to `output` and asks the Runtime API at `address`.

        Raises CannotStartError, and OSError if the launcher takes no more requests.
        """
        self._count += 1
        variables = {**plan.variables, **plan.environment_variables(), "AWS_LAMBDA_RUNTIME_API": address}
        request = {
            "start": self._count,
            "variables": variables,
            "folder": str(plan.function.code_dir),
            "python": plan.own,
            "command": plan.command() if plan.command else None,
        }
        self._started[self._count] = started
        line = json.dumps(request).encode() + b"\n"
        try:
            socket.send_fds(self._control, [line], [output, channel])
        except OSError:
            del self._started[self._count]
            raise

    def preload(self, modules: Sequence[str], models: Sequence[str]) -> bool:
        """Lets the environments to come find modules imported and files of the SDK read.

        A launcher that is busy is left alone. Returns True if these are the first files of the SDK.
        """
        is_first = bool(models) and not self._has_models
        self._has_models |= is_first
        new = {"preload": self._new(modules), "models": self._new(models)}
        if any(new.values()):
            with contextlib.suppress(OSError):
                self._control.send(json.dumps(new).encode() + b"\n")
        return is_first

    def _new(self, names: Sequence[str]) -> list[str]:
        new = [name for name in names if name not in self._preloaded]
        self._preloaded.update(new)
        return new

    def retire(self) -> None:
        """Ends the launcher as soon as all that it has started has ended."""
        self._retired = True
        if self._alive and not self._started:
            self._lost()

    async def stop(self) -> None:
        """Ends the launcher and all that it has started."""
        if self._alive:
            self._lost()
        if self._process is not None:
            await self._process.wait()

    def _read(self) -> None:
        try:
            data = self._control.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._lost()
            return
        *lines, self._data = (self._data + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        if self._retired:
            self.retire()

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"started": number, "pid": pid}:
                self._pids[self._started[number]] = pid
                self._started[number].began(pid)
            case {"ended": number, "status": status}:
                started = self._started.pop(number)
                self._pids.pop(started, None)
                started.ended(status)
            case {"failed": number, "file": file, "error": error}:
                self._started.pop(number).failed(str(file), str(error))

    def _lost(self) -> None:
        """The launcher has ended, or is to: what it has started must not outlive it."""
        self._alive = False
        self._loop.remove_reader(self._control)
        self._control.close()
        for pid in self._pids.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        started, self._started, self._pids = list(self._started.values()), {}, {}
        for one in started:
            one.ended(-signal.SIGKILL)


class Launchers:
    """The launchers of a deployment: one for all plans with the same key."""

    def __init__(self) -> None:
        self._current: dict[str, LauncherProcess] = {}
        self._all: set[LauncherProcess] = set()
        self._lock = asyncio.Lock()

    async def of(self, plan: Plan) -> LauncherProcess:
        """Returns the plan's launcher, started if it was not there. Raises OSError."""
        async with self._lock:
            launcher = self._current.get(plan.key)
            if launcher is None or not launcher.alive:
                launcher = self._current[plan.key] = LauncherProcess(plan)
                await launcher.start()
                self._all = {one for one in self._all if one.alive} | {launcher}
            return launcher

    def preload(self, plan: Plan, modules: Sequence[str], models: Sequence[str]) -> bool:
        """Lets environments to come find these modules imported, and these files of the SDK read.

        Returns True if these are the launcher's first files of the SDK.
        """
        launcher = self._current.get(plan.key)
        return launcher is not None and launcher.alive and launcher.preload(modules, models)

    def renew(self, plan: Plan) -> None:
        """Lets environments to come have a launcher that has imported nothing yet."""
        launcher = self._current.pop(plan.key, None)
        if launcher is not None:
            launcher.retire()

    async def stop(self) -> None:
        """Ends all of them, and what they have started."""
        await asyncio.gather(*(launcher.stop() for launcher in self._all))
