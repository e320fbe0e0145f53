"""Functions whose code stands in the template, given a folder each to be imported from."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import weakref
from pathlib import Path

from local_emulator.deployment import Deployment, Function


class InlineCode:
    """A temporary folder, there until `remove`, or else until this object goes."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="local-emulator-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def written_out(self, deployment: Deployment) -> Deployment:
        """The deployment with every function in a folder."""
        functions = {name: self._written_out(function) for name, function in deployment.functions.items()}
        return dataclasses.replace(deployment, functions=functions)

    def _written_out(self, function: Function) -> Function:
        """Documented: the text becomes a file named `index` (AWS::Lambda::Function Code, ZipFile)."""
        if function.inline_code is None:
            return function
        folder = self._folder / function.logical_id
        folder.mkdir()
        (folder / "index.py").write_text(function.inline_code, encoding="utf-8")
        return dataclasses.replace(function, code_dir=folder)
