"""Starts a function's process under AWS's own runtime: `python -u -P start.py '{"handler": …, "path": […], …}'`.

Run by path, so that nothing of the emulator comes within reach of the handler, nor stands in for a module of its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any


class WhenImported:
    """Calls `then` right after the import of a module, and costs nothing if that never comes."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._extend(spec.loader)
        return spec

    def _extend(self, loader: Any) -> None:
        execute = loader.exec_module

        def execute_and_then(module: ModuleType) -> None:
            execute(module)
            self._then()

        loader.exec_module = execute_and_then


class LoadedFiles:
    """Tells the emulator which files of the function this process has loaded, as JSON lines."""

    def __init__(self, folders: Iterable[str], out: int) -> None:
        self._folders = tuple(os.path.join(folder, "") for folder in folders)
        self._out = out
        self._known: set[str] = set()
        self._modules = 0

    def tell(self) -> None:
        if len(sys.modules) == self._modules:
            return
        self._modules = len(sys.modules)
        found = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        new = {file for file in found if file.startswith(self._folders)} - self._known
        self._known |= new
        if new:
            os.write(self._out, json.dumps(sorted(new)).encode() + b"\n")


def main() -> None:
    given = json.loads(sys.argv.pop())
    lifeline = given["lifeline"]
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_end_with_the_emulator, args=(lifeline,), name="lifeline", daemon=True).start()
    sys.path[:0] = given["path"]
    redirection = _neighbour("redirection")
    install = redirection.Redirection(*given["redirection"]).install
    sys.meta_path.insert(0, WhenImported(redirection.HANDLERS, install))

    from awslambdaric import __main__ as runtime
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    _before_each_event(LambdaRuntimeClient, LoadedFiles(given["path"], lifeline).tell)
    runtime.main(["awslambdaric", given["handler"]])


def _end_with_the_emulator(lifeline: int) -> None:
    """The other end closes when the emulator ends, however it does; whatever the handler started goes too."""
    with contextlib.suppress(ConnectionResetError):  # it ended without having read all that it was told
        while os.read(lifeline, 1):
            pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _neighbour(name: str) -> ModuleType:
    """A file beside this one, under no name that a handler's own module could have."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"_local_emulator_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _before_each_event(client: Any, tell: Callable[[], None]) -> None:
    wait = client.wait_next_invocation

    def tell_and_wait(self: Any) -> Any:
        tell()
        return wait(self)

    client.wait_next_invocation = tell_and_wait


if __name__ == "__main__":
    main()
