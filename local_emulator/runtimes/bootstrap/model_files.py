"""Lets environments share what botocore reads from its own files, which is a third of the memory of a client."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable
from typing import Any

LOADERS = "botocore.loaders"


class ModelFiles:
    """The parsed files of botocore: those that the launcher has read for environments, and those that were read since.

    Each is given away once, so that a second session in one process has an object of its own, as without this.
    """

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}
        self._read: list[str] = []
        self._load: Any = None

    def install(self) -> None:
        """Replaces botocore's own reading of a file."""
        loader = importlib.import_module(LOADERS).JSONFileLoader
        self._load = loader.load_file

        def load_file(loader: Any, file_path: str) -> Any:
            parsed = self._parsed.pop(file_path, None)
            if parsed is None:
                parsed = self._load(loader, file_path)
                self._read += [] if parsed is None else [file_path]
            return parsed

        loader.load_file = load_file

    def preload(self, paths: Iterable[str]) -> None:
        """Reads files, so that the environments to come find them read. Does nothing before botocore is imported."""
        for path in paths if self._load is not None else ():
            with contextlib.suppress(Exception):  # the file is gone: an environment finds out by itself
                self._parsed[path] = self._load(importlib.import_module(LOADERS).JSONFileLoader(), path)

    def taken(self) -> list[str]:
        """Returns the files that were read since the last call."""
        read, self._read = self._read, []
        return read
