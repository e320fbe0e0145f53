"""The folders in which a Python function finds its modules."""

from __future__ import annotations

from pathlib import Path

from local_emulator.deployment import Function


def code_path(function: Function) -> list[Path]:
    """Returns the entries of sys.path before the interpreter's own folders, in their order.

    Documented (Lambda Developer Guide, "Working with layers for Python"): the code, then `python/` of the layers
    and its site-packages. Layers are unpacked over one another, so a later one hides an earlier one.
    """
    site_packages = f"lib/{function.runtime}/site-packages"
    folders = [function.code_dir, *_declared_path(function)]
    for layer in reversed(function.layers):
        folders += [layer / "python" / site_packages, layer / "python"]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _declared_path(function: Function) -> list[Path]:
    """PYTHONPATH as the template declares it; it speaks of the folders that Lambda mounts code and layers at."""
    found = []
    for entry in function.environment.get("PYTHONPATH", "").split(":"):
        for mount, folders in (("/var/task", (function.code_dir,)), ("/opt", tuple(reversed(function.layers)))):
            if entry == mount or entry.startswith(mount + "/"):
                found += [folder / entry[len(mount) :].lstrip("/") for folder in folders]
    return found
