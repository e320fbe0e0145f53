"""The way in which each runtime's environments are made."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.deployment import Deployment, Function
from local_emulator.runtimes import node
from local_emulator.runtimes.api_hosts import TlsAccess
from local_emulator.runtimes.code_paths import code_path
from local_emulator.runtimes.endpoint_redirects import redirects
from local_emulator.runtimes.environment import environment_variables, function_environment
from local_emulator.runtimes.launcher import SCRIPT, CannotStartError, Plan
from local_emulator.runtimes.requirements import emulator_packages
from local_emulator.settings import Settings

# A fork of a process that has loaded Apple's frameworks may crash (Python documentation, os.fork).
CAN_FORK = sys.platform == "linux"
# What AWS's runtime and the interpreter read when they start, so that environments with different ones share nothing.
READ_AT_IMPORT = ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH")
VENVS = (".venv", "venv")


class PlanMaker:
    """Makes the plan of each function of a deployment."""

    def __init__(
        self, deployment: Deployment, settings: Settings, journal: Journal, tls: TlsAccess | None = None
    ) -> None:
        self._deployment, self._settings, self._journal, self._tls = deployment, settings, journal, tls
        self._noticed: set[str] = set()
        self._interpreter = project_interpreter(settings)

    def plan(self, function: Function, debug_port: int | None = None) -> Plan:
        """Returns the plan of a function that can run here."""
        if function.runtime.startswith("provided"):
            return self._provided(function)
        if node.is_node(function.runtime):
            return self._node(function, debug_port)
        return self._python(function, debug_port)

    def _provided(self, function: Function) -> Plan:
        return Plan(
            function,
            self._variables(function),
            partial(environment_variables, function),
            command=partial(bootstrap_command, function),
            watched=(function.code_dir, *function.layers),
        )

    def _node(self, function: Function, debug_port: int | None) -> Plan:
        variables = self._variables(function)
        folders = node.node_path(
            function.runtime, function.code_dir, function.layers, function.environment.get("NODE_PATH")
        )
        port = self._tls.port if self._tls else None
        return Plan(
            function,
            {**variables, **node.environment(function.runtime, folders, port, "{channel}")},
            partial(environment_variables, function),
            command=partial(self._node_command, function, debug_port),
            watched=(function.code_dir, *function.layers),
        )

    def _node_command(self, function: Function, debug_port: int | None) -> Sequence[str]:
        try:
            found = node.find(function.runtime, self._settings.template.absolute().parent)
        except node.NoNodeError as problem:
            raise CannotStartError("Runtime.NotEmulated", str(problem)) from None
        notice = node.notice_of(function.runtime, found)
        if notice is not None and notice not in self._noticed:
            self._noticed.add(notice)
            self._journal.notice(notice)
        inspect = f"127.0.0.1:{debug_port}" if debug_port else None
        return node.command(found, function.memory_mb, function.environment.get("NODE_OPTIONS", ""), inspect)

    def _python(self, function: Function, debug_port: int | None) -> Plan:
        path = code_path(function)
        foreign = self._interpreter != sys.executable
        requiring = [function.code_dir, self._settings.template.absolute().parent]
        given = {
            "path": [str(folder) for folder in path],
            "redirection": redirects(self._deployment, self._settings),
            "tls_port": self._tls.port if self._tls else None,
            "runtime_folder": _folder_of("awslambdaric"),
            "emulator_packages": {} if foreign else emulator_packages(requiring),
            "terminal": self._settings.terminal,
        }
        own = {"handler": function.handler, "debug_port": debug_port}
        variables = self._variables(function)
        return Plan(
            function,
            variables,
            partial(environment_variables, function),
            interpreter=self._interpreter,
            python=given,
            own=own,
            inherited={name: value for name, value in variables.items() if name in READ_AT_IMPORT},
            command=None if CAN_FORK else partial(spawn_command, self._interpreter, given | own),
            watched=tuple(path),
        )

    def _variables(self, function: Function) -> Mapping[str, str]:
        return function_environment(function, self._deployment, self._settings, tls=self._tls)


def bootstrap_command(function: Function) -> Sequence[str]:
    """Returns the command of an OS-only runtime: `bootstrap` of the code, else of a layer. Raises CannotStartError.

    Documented: Lambda Developer Guide, "Building a custom runtime".
    """
    places = [folder / "bootstrap" for folder in (function.code_dir, *reversed(function.layers))]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
        raise CannotStartError("Runtime.InvalidEntrypoint", message)
    if not os.access(found, os.X_OK):
        raise CannotStartError("Runtime.InvalidEntrypoint", f"fork/exec {found}: permission denied")
    return [str(found)]


def spawn_command(interpreter: str, given: Mapping[str, Any]) -> Sequence[str]:
    """Returns the command of a Python environment where there is no fork."""
    return [interpreter, "-u", SCRIPT, json.dumps({"python": given, "channel": "{channel}"})]


def project_interpreter(settings: Settings) -> str:
    """Returns `--python`, else the interpreter of a virtual environment beside the template, else the emulator's."""
    if settings.python is not None:
        return str(settings.python)
    folder = settings.template.absolute().parent
    for name in VENVS:
        candidate = folder / name / "bin" / "python"
        if candidate.is_file() and (folder / name).resolve() != Path(sys.prefix).resolve():
            return str(candidate)
    return sys.executable


def _folder_of(package: str) -> str:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(f"{package} is not installed")
    return str(Path(spec.origin).parents[1])
