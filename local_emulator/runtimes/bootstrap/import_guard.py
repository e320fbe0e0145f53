"""Makes imports find what they find in Lambda: no package that is here for the emulator alone, and always the SDK."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from typing import Any


class ImportGuard:
    """A finder for top-level names that `packages` maps to their distributions; the function's folders come first."""

    def __init__(self, folders: Sequence[str], packages: Mapping[str, str]) -> None:
        self._folders = folders
        self._packages = packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Returns None for names that are no concern of the guard. Raises ModuleNotFoundError."""
        distribution = self._packages.get(name)
        if distribution is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, list(self._folders))
        if spec is not None and spec.loader is not None:
            return spec
        advice = f"only the emulator brought {distribution}, and Lambda does not have it; add it to the function's"
        raise ModuleNotFoundError(f"No module named '{name}' ({advice} requirements and install them)", name=name)


class RuntimePackages:
    """A finder for packages that are part of Lambda's runtime, for an interpreter that lacks them."""

    def __init__(self, folder: str, names: frozenset[str]) -> None:
        self._folder, self._names = folder, names

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Returns None for other names."""
        return importlib.machinery.PathFinder.find_spec(name, [self._folder]) if name in self._names else None


def install(folders: Sequence[str], packages: Mapping[str, str], runtime_folder: str, sdk: frozenset[str]) -> None:
    """Puts the guard before all other finders, and the runtime's packages behind them."""
    sys.meta_path.insert(0, ImportGuard(folders, packages))
    sys.meta_path.append(RuntimePackages(runtime_folder, sdk))
