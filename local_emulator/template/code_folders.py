"""Gives each function a folder: writes inline code out, and unpacks the zip archives of functions and layers."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from local_emulator.activity_log import Journal
from local_emulator.deployment import Deployment, Function
from local_emulator.template.code_archive import InvalidArchiveError, unpack_archive
from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.file_watch import Stamp, stamp_of

LOOK_SECONDS = 0.5


class CodeFolders:
    """Temporary folders that exist until `remove`, at the latest until this object is collected."""

    def __init__(self) -> None:
        self.remove: Callable[[], object] = _nothing
        self._made: Path | None = None
        self._unpacked: dict[Path, Path] = {}
        self._stamps: dict[Path, Stamp] = {}

    def written_out(self, deployment: Deployment) -> Deployment:
        """Returns the deployment with the code of every function in a folder. Raises InvalidTemplateError."""
        if not any(_needs_folder(function) for function in deployment.functions.values()):
            return deployment
        folder = self._root()
        functions = {name: self._written_out(function, folder) for name, function in deployment.functions.items()}
        return dataclasses.replace(deployment, functions=functions)

    def _root(self) -> Path:
        """Returns the folder of all: the same one when a template is read again."""
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="local-emulator-"))
            self.remove = weakref.finalize(self, shutil.rmtree, self._made, ignore_errors=True)
        return self._made

    async def follow(self, journal: Journal) -> None:
        """Unpacks archives again when they change, until it is cancelled; the changed files then make a reload."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for archive, stamp in list(self._stamps.items()):
                now = stamp_of(archive)
                if now is not None and now != stamp:
                    self._stamps[archive] = now
                    await asyncio.to_thread(self._unpack_again, archive, journal)

    def _unpack_again(self, archive: Path, journal: Journal) -> None:
        try:
            unpack_archive(archive, self._unpacked[archive])
        except InvalidArchiveError as fault:  # seen while it is written, or truly damaged
            journal.notice(f"{archive} has changed and {fault}")

    def _written_out(self, function: Function, folder: Path) -> Function:
        code = function.code_dir
        if function.inline_code is not None:
            code = _inline(function, function.inline_code, folder)
        layers = tuple(self._folder(layer, folder) for layer in function.layers)
        return dataclasses.replace(function, code_dir=self._folder(code, folder), layers=layers)

    def _folder(self, code: Path, folder: Path) -> Path:
        if not code.is_file():
            return code
        if code not in self._unpacked:
            unpacked = _made(folder / f"{len(self._unpacked)}-{code.stem}", code.parent)
            self._stamps[code] = stamp_of(code)
            try:
                unpack_archive(code, unpacked)
            except InvalidArchiveError as fault:
                raise InvalidTemplateError(Location(code), str(fault)) from fault
            self._unpacked[code] = unpacked
        return self._unpacked[code]


def _needs_folder(function: Function) -> bool:
    return function.inline_code is not None or any(place.is_file() for place in (function.code_dir, *function.layers))


def _inline(function: Function, code: str, folder: Path) -> Path:
    """Writes the text to a file named `index`, as documented (AWS::Lambda::Function Code, ZipFile).

    The folder depends on the text, so that a template that is read again gives the same one.
    """
    digest = hashlib.sha256(code.encode()).hexdigest()[:12]
    own = _made(folder / f"{function.logical_id}-{digest}", function.code_dir)
    name = "index.js" if function.runtime.startswith("nodejs") else "index.py"
    (own / name).write_text(code, encoding="utf-8")
    return own


def _made(folder: Path, project: Path) -> Path:
    """Makes a folder of code, below which Node finds the packages of the project too, such as AWS's SDK."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    packages = (place / "node_modules" for place in (project, *project.parents))
    found = next((place for place in packages if place.is_dir()), None)
    if found is not None and not (folder / "node_modules").is_symlink():
        (folder / "node_modules").symlink_to(found)
    return code


def _nothing() -> None:
    """Does nothing: no folder was written."""
