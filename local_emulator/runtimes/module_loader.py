"""The modules of functions that share this process: imported here, and imported again when their files change."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from local_emulator.deployment import Function
from local_emulator.runtimes.file_watcher import Watch, is_watched

Handler = Callable[[Any, Any], Any]


class SharedCode:
    """Finds handlers on `path`, which it puts on sys.path. `changed` is told the files of every reload.

    What was imported before it was made is not the functions' and is never dropped.
    """

    def __init__(self, path: Sequence[Path], changed: Callable[[list[str]], None]) -> None:
        self._path = [str(folder) for folder in path]
        self._folders = tuple(os.path.join(folder, "") for folder in self._path)
        self._foreign = frozenset(sys.modules)
        self._changed = changed
        self._watch = Watch()
        self._watched: set[str] = set()
        self._modules = 0
        self._handlers: dict[str, Handler] = {}
        self._lock = threading.Lock()
        sys.path[:0] = self._path

    def handler(self, function: Function) -> Handler:
        """The function's handler as its file is now. Raises what the import raises."""
        with self._lock:
            self._reload_if_changed()
            handler = self._handlers.get(function.logical_id)
            if handler is None:
                handler = self._handlers[function.logical_id] = self._import(function.handler)
            return handler

    def forget(self) -> None:
        """Import everything anew when it is called next, as after a cold start."""
        with self._lock:
            self._drop_modules()

    def close(self) -> None:
        """Leave the process as it was."""
        with self._lock:
            self._drop_modules()
            for folder in self._path:
                if folder in sys.path:
                    sys.path.remove(folder)

    def _import(self, handler: str) -> Handler:
        started = time.time()
        module, _, attribute = handler.rpartition(".")
        try:
            found: Handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
        finally:
            self._watch_modules(started)
        return found

    def _reload_if_changed(self) -> None:
        now = time.time()
        self._watch_modules(now)
        changed = self._watch.changed(now)
        if changed:
            self._drop_modules()
            importlib.invalidate_caches()
            self._changed(changed)

    def _drop_modules(self) -> None:
        """All of them: one that stayed would go on with what it had imported from one that has changed."""
        self._handlers.clear()
        self._watched.clear()
        self._modules = 0
        for name in self._own():
            del sys.modules[name]

    def _watch_modules(self, started: float) -> None:
        if len(sys.modules) == self._modules:
            return
        self._modules = len(sys.modules)
        files = {file for module in self._own().values() if (file := getattr(module, "__file__", None))}
        new = files - self._watched
        self._watched |= new
        self._watch.add(new, started, time.time())

    def _own(self) -> dict[str, ModuleType]:
        """The functions' modules, folders without an __init__.py among them: those hold on to what is in them."""
        return {
            name: module
            for name, module in list(sys.modules.items())
            if name not in self._foreign and is_watched(_location(module), self._folders)
        }


def _location(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
