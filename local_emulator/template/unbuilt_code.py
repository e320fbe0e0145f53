"""Finds code that no call can run, because it is still to be built or its name is wrong."""

from __future__ import annotations

from glob import escape
from pathlib import Path

from local_emulator.deployment import Function

TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")
MANIFESTS = ("Makefile", "package.json", "pyproject.toml", "requirements.txt")
HINT = "if it is still to be built, use for instance `sam build` and .aws-sam/build/template.yaml"
LAYER_FOLDERS = ("bin", "lib", "nodejs", "python")
"""The folders of a layer that runtimes search (Lambda Developer Guide, "Layer paths for each Lambda runtime")."""


def missing_handler(function: Function) -> str | None:
    """Returns what keeps every call of a function from its handler; None if the handler may be there.

    A layer may hold the handler, and an archive is not opened.
    """
    if function.inline_code is not None:
        named = function.handler.startswith("index.")
        return (
            None if named else f"in AWS inline code is the file index, which its handler {function.handler} is not in"
        )
    if not function.code_dir.is_dir():
        return None
    if function.runtime.startswith("provided"):
        return None if (function.code_dir / "bootstrap").is_file() else f"its code has no bootstrap; {HINT}"
    module = function.code_dir / _module(function)
    files = sorted(module.parent.glob(f"{escape(module.name)}.*"))
    if module.exists() or any(file.suffix not in TYPESCRIPT for file in files):
        return None
    if files:
        return f"its handler is TypeScript ({files[0].relative_to(function.code_dir)}); {HINT}"
    return f"its code has no module {_module(function)}; {HINT}"


def _module(function: Function) -> str:
    if function.runtime.startswith("python"):
        return function.handler.rpartition(".")[0].replace(".", "/")
    folder, slash, name = function.handler.rpartition("/")
    return folder + slash + name.partition(".")[0]


def unbuilt_layer(folder: Path) -> str | None:
    """Returns the file that shows that a layer's folder is the source of a build; None for a built layer."""
    if any((folder / name).is_dir() for name in LAYER_FOLDERS):
        return None
    return next((name for name in MANIFESTS if (folder / name).is_file()), None)
