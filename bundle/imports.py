"""Imports a function from its finished bundle, in an interpreter that sees nothing else, as Lambda's does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bundle.functions import modules
from bundle.packages import installed
from bundle.target import HERE, BundleTarget

# Lambda's compiled modules may be for another machine. Then those that the bundle has are loaded from `twins`, the same
# packages for this machine. All other modules come from the bundle; a compiled module that it lacks cannot be imported.
IMPORT = """
import importlib, pathlib, sys
from importlib.machinery import PathFinder
bundle, twins, *names = sys.argv[1:]

class Twins:
    def find_spec(self, name, path=None, target=None):
        folder, last = pathlib.Path(*name.split(".")[:-1]), name.rpartition(".")[2]
        if any((bundle / folder).glob(last + ".*so")):
            return PathFinder.find_spec(name, [str(twins / folder)])

sys.path.insert(0, bundle)
if twins:
    bundle, twins = pathlib.Path(bundle), pathlib.Path(twins)
    sys.meta_path.insert(0, Twins())
for name in names:
    importlib.import_module(name)
getattr(sys.modules[names[0]], "handler")
"""


class BundleImportError(Exception):
    """A function that does not import from its finished bundle; the message has the interpreter's traceback."""


def check_imports(function: str, bundle: Path, target: BundleTarget) -> None:
    """Imports the function's handler and packages from its bundle. Raises BundleImportError if one does not import."""
    twins = (
        "" if target.runs_here else str(installed(BundleTarget(target.python if target.interpreter else HERE.python)))
    )
    # No site-packages (-S), no variables of this process (-I), and no byte code written into the bundle (-B).
    python = [target.interpreter or sys.executable, "-I", "-S", "-B", "-c", IMPORT]
    command = [*python, str(bundle), twins, *modules(function)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundleImportError(f"{function} does not import from its bundle {bundle}:\n{done.stderr.rstrip()}")
