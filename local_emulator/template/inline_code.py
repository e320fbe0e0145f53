"""Functions whose code stands in the template, given a folder each to be imported from."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from local_emulator.deployment import Deployment, Function


class InlineCode:
    """Temporary folders, there until `remove`, or else until this object goes."""

    def __init__(self) -> None:
        self.remove: Callable[[], object] = _nothing

    def written_out(self, deployment: Deployment) -> Deployment:
        """The deployment with every function in a folder."""
        if all(function.inline_code is None for function in deployment.functions.values()):
            return deployment
        folder = Path(tempfile.mkdtemp(prefix="local-emulator-"))
        self.remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        functions = {name: _written_out(function, folder) for name, function in deployment.functions.items()}
        return dataclasses.replace(deployment, functions=functions)


def _written_out(function: Function, folder: Path) -> Function:
    """Documented: the text becomes a file named `index` (AWS::Lambda::Function Code, ZipFile)."""
    if function.inline_code is None:
        return function
    own = folder / function.logical_id
    own.mkdir()
    (own / "index.py").write_text(function.inline_code, encoding="utf-8")
    return dataclasses.replace(function, code_dir=own)


def _nothing() -> None:
    """Nothing was written."""
