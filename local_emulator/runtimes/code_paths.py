"""Where a function's modules are looked for, and whether functions can look in one process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from local_emulator.deployment import Function


class CannotShare(Exception):
    """Functions that cannot run in one process; the message names two of them and what stands between them."""


def code_path(function: Function) -> list[Path]:
    """What stands on sys.path before the interpreter's own folders, first first.

    Documented (Lambda Developer Guide, "Working with layers for Python"): the code, then `python/` of the layers
    and its site-packages. Layers are unpacked over one another, so a later one hides an earlier one.
    """
    site_packages = f"lib/{function.runtime}/site-packages"
    folders = [function.code_dir, *_declared_path(function)]
    for layer in reversed(function.layers):
        folders += [layer / "python" / site_packages, layer / "python"]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def shared_path(functions: Iterable[Function]) -> list[Path]:
    """One path on which every function finds what it would find on its own. Raises CannotShare."""
    paths = [(function, code_path(function)) for function in functions]
    codes = dict.fromkeys(function.code_dir for function, _ in paths)
    merged = list(dict.fromkeys([*codes, *(folder for _, path in paths for folder in path)]))
    contents = {folder: _importable(folder) for folder in merged}
    together = _found(merged, contents)
    for function, path in paths:
        for name, folder in _found(path, contents).items():
            if together[name] != folder:
                other = next(one.logical_id for one, own in paths if together[name] in own)
                raise CannotShare(
                    f"{function.logical_id} and {other} cannot share a process: each has a module {name}, in {folder} "
                    f"and in {together[name]}; --isolation process lets each import its own"
                )
    return merged


def _declared_path(function: Function) -> list[Path]:
    """PYTHONPATH as the template declares it; it speaks of the folders that Lambda mounts code and layers at."""
    found = []
    for entry in function.environment.get("PYTHONPATH", "").split(":"):
        for mount, folders in (("/var/task", (function.code_dir,)), ("/opt", tuple(reversed(function.layers)))):
            if entry == mount or entry.startswith(mount + "/"):
                found += [folder / entry[len(mount) :].lstrip("/") for folder in folders]
    return found


def _importable(folder: Path) -> frozenset[str]:
    """The names that `import` finds there; folders without an __init__.py can be had from several places."""
    modules = {file.stem for file in folder.glob("*.py") if file.stem != "__init__"}
    return frozenset(modules | {file.parent.name for file in folder.glob("*/__init__.py")})


def _found(path: Sequence[Path], contents: Mapping[Path, frozenset[str]]) -> dict[str, Path]:
    """Which folder each name is imported from."""
    return {name: folder for folder in reversed(path) for name in contents[folder]}
