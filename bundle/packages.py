"""The packages of others, as requirements.lock pins them: installed once for a target, then copied into bundles."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distributions
from pathlib import Path

from bundle.byte_code import replace_by_byte_code
from bundle.machine_code import strip
from bundle.sdk_data import slim_down
from bundle.stubs import replace_by_stubs
from bundle.target import BundleTarget

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "handlers" / "requirements.lock"
INSTALLED = ROOT / ".bundle"
# For compilers and editors, or in the system already (time zones).
UNUSED_FILES = ("*.c", "*.h", "*.js", "*.pxd", "*.pyi", "*.pyx", "*.tar.gz", "py.typed")
# cffi's generator, and the C parser that it needs; cryptography loads its compiled half alone.
UNUSED_FOLDERS = ("bin", "cffi", "pycparser")
INSTALLER_FILES = frozenset({"INSTALLER", "RECORD", "REQUESTED"})


def installed(target: BundleTarget) -> Path:
    """The folder with every locked package, ready to be copied. Builds that run at the same time wait for the first."""
    folder = INSTALLED / f"{target.name}-{_fingerprint(target)}"
    INSTALLED.mkdir(exist_ok=True)
    with _locked():
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=INSTALLED) as making:
                _install(Path(making), target)
                shutil.copytree(making, folder)
    return folder


def copy_packages(source: Path, names: Iterable[str], into: Path) -> None:
    """Copies installed packages and what they require. Raises KeyError for one that is not installed."""
    known = {_canonical(one.metadata["Name"]): one for one in distributions(path=[str(source)])}
    for name in sorted(_with_requirements(names, known)):
        for file in _files(known[name], source):
            (into / file.parent).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, into / file)


def _install(folder: Path, target: BundleTarget) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--no-deps",
    ]
    exactly = ["--require-hashes", "--only-binary=:all:", "--requirement", str(LOCK), "--target", str(folder)]
    subprocess.run([*pip, *target.pip_options, *exactly], check=True)
    slim_down(folder / "botocore" / "data")
    replace_by_stubs(folder)
    strip(folder)
    for pattern in UNUSED_FILES:
        for file in folder.rglob(pattern):
            file.unlink()
    for name in UNUSED_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    if target.interpreter:
        replace_by_byte_code(folder, target.interpreter)


def _fingerprint(target: BundleTarget) -> str:
    """Changes with the lock, with this tool, and with whether there is an interpreter for byte code."""
    parts = [LOCK.read_bytes(), repr((target, target.interpreter)).encode()]
    parts += [source.read_bytes() for source in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


@contextmanager
def _locked() -> Iterator[None]:
    with (INSTALLED / "busy").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _with_requirements(names: Iterable[str], known: dict[str, Distribution]) -> set[str]:
    """Extras are not followed; what a marker rules out for the target is not installed."""
    wanted, found = list(names), set[str]()
    while wanted:
        name = wanted.pop()
        found.add(name)
        required = [one for one in known[name].requires or () if "extra ==" not in one]
        wanted += {_canonical(re.split(r"[^\w.-]", one)[0]) for one in required} & known.keys() - found
    return found


def _files(package: Distribution, source: Path) -> Iterator[Path]:
    """Returns the remaining files of a package, or the byte code that replaced them.

    RECORD is read as it is (packaging.python.org, "Recording installed projects"): since 3.12, `Distribution.files`
    leaves out every file that is not there any more, so every module that byte code replaced.
    """
    for recorded, *_ in csv.reader((package.read_text("RECORD") or "").splitlines()):
        file = Path(recorded)
        compiled = file.with_suffix(".pyc")
        if (source / file).exists() and file.name not in INSTALLER_FILES:
            yield file
        elif file.suffix == ".py" and (source / compiled).exists():
            yield compiled


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
