"""Runs a Python handler in AWS's own runtime, with the emulator's Runtime API client.

`prepare` runs once in the launcher, `run` in each environment.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

neighbour: Callable[[str], ModuleType] = sys.modules["__main__"].neighbour
IMPORTED = ("awslambdaric", "simplejson", "snapshot_restore_py")


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


class ControlChannel:
    """JSON lines to the emulator, beside the Runtime API; a debugger's request is answered with a line."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        os.set_inheritable(descriptor, False)

    def tell(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # the handler has closed it, or the emulator has ended
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def ask(self, **message: Any) -> bool:
        """Returns True if the emulator agrees; waits as long as that takes."""
        self.tell(**message)
        return self._socket.recv(1) == b"y"


class LoadedFiles:
    """Tells the emulator which files of the function this process has loaded, and which modules others can share."""

    def __init__(self, folders: Iterable[str], channel: ControlChannel, shared: frozenset[str], models: Any) -> None:
        self._folders = tuple(os.path.join(folder, "") for folder in folders)
        self._channel = channel
        self._known = set(sys.modules)
        self._shared = shared
        self._path = tuple(sys.path)
        self._models = models
        self._modules = 0

    def tell(self) -> None:
        models = self._models.taken()
        if len(sys.modules) == self._modules and not models:
            return
        self._modules = len(sys.modules)
        new = {name: module for name, module in list(sys.modules.items()) if name not in self._known}
        self._known |= new.keys()
        files = {getattr(module, "__file__", None) or "" for module in new.values()}
        own = sorted(file for file in files if file.startswith(self._folders))
        shared = [name for name, module in new.items() if self._is_shared(name, module)]
        self._channel.tell(loaded=own, shared=shared, models=models)

    def _is_shared(self, name: str, module: ModuleType) -> bool:
        top = name.partition(".")[0]
        file = getattr(module, "__file__", None) or ""
        if top in self._shared:  # a handler may add a folder with an SDK of its own to the path
            places = (os.path.join(one, top) for one in self._path)
            return any(file.startswith((os.path.join(place, ""), f"{place}.")) for place in places)
        return top in sys.stdlib_module_names and not file.startswith(self._folders)


def prepare(given: dict[str, Any]) -> None:
    """Imports the runtime and puts the function's folders on the path; nothing of the function is imported."""
    sys.modules["runtime_client"] = None  # type: ignore[assignment]  # awslambdaric's native client
    _import_runtime(given["runtime_folder"])
    sys.path[:0] = given["path"]
    sdk = sys.modules["__main__"].PRELOADED
    neighbour("import_guard").install(given["path"], given["emulator_packages"], given["runtime_folder"], sdk)
    redirection = neighbour("redirection")
    install = redirection.Redirection(*given["redirection"]).install
    sys.meta_path.insert(0, WhenImported(redirection.HANDLERS, install))
    given["models"] = neighbour("model_files").ModelFiles()
    sys.meta_path.insert(0, WhenImported(neighbour("model_files").LOADERS, given["models"].install))
    if given["tls_port"] is not None:
        redirection.lead_sockets(given["tls_port"])
    # Lambda has no endpoint in the environment, so botocore has nothing to say of one there.
    logging.getLogger("botocore.configprovider").setLevel(logging.WARNING)


def _import_runtime(folder: str) -> None:
    """Imports AWS's runtime from the emulator's packages, whichever interpreter this is."""
    sys.path.insert(0, folder)
    try:
        for name in (*IMPORTED, "awslambdaric.bootstrap", "awslambdaric.lambda_literals"):
            importlib.import_module(name)
        neighbour("runtime_client")
    finally:
        sys.path.remove(folder)


def run(given: dict[str, Any], descriptor: int) -> int:
    """Runs the function's handler under AWS's runtime; returns the exit status if that ever ends."""
    from awslambdaric import bootstrap

    channel = ControlChannel(descriptor)
    importlib.invalidate_caches()  # the launcher may have looked at a folder before it was there
    if given["debug_port"]:
        _listen_for_debugger(given["debug_port"], given["runtime_folder"])
    else:
        _lead_breakpoints_to(channel, given["terminal"])
    shared = frozenset(sys.modules["__main__"].PRELOADED)
    loaded = LoadedFiles(given["path"], channel, shared, given["models"])
    bootstrap._get_handler = _telling(bootstrap._get_handler, channel, loaded)
    client = neighbour("runtime_client").RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], loaded.tell)
    bootstrap.run(given["handler"], client)
    return 1


def _telling(get_handler: Callable[[str], Any], channel: ControlChannel, loaded: LoadedFiles) -> Callable[[str], Any]:
    """Returns `get_handler`, which also tells where an import failed: AWS's error objects do not."""

    def get(handler: str) -> Any:
        try:
            return get_handler(handler)
        except Exception as raised:
            channel.tell(place=_place(raised.__context__ or raised))
            raise
        finally:
            loaded.tell()

    return get


def _place(raised: BaseException) -> str | None:
    if isinstance(raised, SyntaxError):
        return f"{raised.filename}:{raised.lineno}"
    frames = traceback.extract_tb(raised.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith("<") and "awslambdaric" not in frame.filename]
    own = [frame for frame in own if os.path.dirname(frame.filename) != os.path.dirname(os.path.abspath(__file__))]
    own = [frame for frame in own if frame.filename != importlib.__file__]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else None


def _lead_breakpoints_to(channel: ControlChannel, terminal: str | None) -> None:
    """Makes `breakpoint()` and `pdb.set_trace()` lead to the emulator's terminal; imports pdb only then."""

    def stop(*arguments: Any, **named: Any) -> None:
        neighbour("breakpoints").stop(channel, terminal, sys._getframe(1))

    def hook(*arguments: Any, **named: Any) -> Any:
        if os.environ.get("PYTHONBREAKPOINT"):
            return sys.__breakpointhook__(*arguments, **named)
        return neighbour("breakpoints").stop(channel, terminal, sys._getframe(1))

    def replace() -> None:
        sys.modules["pdb"].set_trace = stop  # type: ignore[attr-defined]

    sys.breakpointhook = hook
    if "pdb" in sys.modules:
        replace()
    else:
        sys.meta_path.insert(0, WhenImported("pdb", replace))


def _listen_for_debugger(port: int, folder: str) -> None:
    sys.path.append(folder)
    try:
        debugpy = importlib.import_module("debugpy")
        debugpy.listen(("127.0.0.1", port))
        sys.breakpointhook = debugpy.breakpoint
    except ImportError:
        print("debugpy is not installed: pip install 'apigw-emulator[debug]'", file=sys.stderr)
    finally:
        sys.path.remove(folder)
