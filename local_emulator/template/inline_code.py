"""Writes the inline code of functions into a folder each."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from local_emulator.deployment import Deployment, Function


class InlineCode:
    """Temporary folders that exist until `remove`, at the latest until this object is collected."""

    def __init__(self) -> None:
        self.remove: Callable[[], object] = _nothing

    def written_out(self, deployment: Deployment) -> Deployment:
        """Returns the deployment with the code of every function in a folder."""
        if all(function.inline_code is None for function in deployment.functions.values()):
            return deployment
        folder = Path(tempfile.mkdtemp(prefix="local-emulator-"))
        self.remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        functions = {name: _written_out(function, folder) for name, function in deployment.functions.items()}
        return dataclasses.replace(deployment, functions=functions)


def _written_out(function: Function, folder: Path) -> Function:
    """Writes the text to a file named `index`, as documented (AWS::Lambda::Function Code, ZipFile)."""
    if function.inline_code is None:
        return function
    own = folder / function.logical_id
    own.mkdir()
    (own / "index.py").write_text(function.inline_code, encoding="utf-8")
    return dataclasses.replace(function, code_dir=own)


def _nothing() -> None:
    """Does nothing: no folder was written."""
