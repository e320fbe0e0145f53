"""The Python and the machine that a bundle is made for."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ASK_VERSION = "import sys; print('%s-%d.%d' % (sys.implementation.name, *sys.version_info[:2]))"

LOCAL_INTERPRETERS = Path(__file__).parents[1] / ".venv-lambda" / "bin"  # by `make lambda-python`


@dataclass(frozen=True)
class BundleTarget:
    """`python` is a version such as 3.14; `platforms` are the tags of wheels that run there, none for this machine."""

    python: str
    platforms: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"python{self.python}-{self.platforms[0] if self.platforms else 'here'}"

    @property
    def interpreter(self) -> str | None:
        """An interpreter of exactly this version, the only one whose byte code the target can use; None without one."""
        name = f"python{self.python}"
        candidates = (sys.executable, shutil.which(name), shutil.which(name, path=LOCAL_INTERPRETERS))
        return next((one for one in candidates if one and _version(one) == f"cpython-{self.python}"), None)

    @property
    def runs_here(self) -> bool:
        """Returns True if this machine has the interpreter and the architecture that a bundle needs."""
        own = sys.platform == "linux" and all(one.endswith(f"_{platform.machine()}") for one in self.platforms)
        return not self.platforms or (own and self.interpreter is not None)

    @property
    def pip_options(self) -> list[str]:
        """Returns pip's options for the wheels of the target; without platforms, those of this machine."""
        wheels = [part for platform in self.platforms for part in ("--platform", platform)]
        return ["--python-version", self.python, "--implementation", "cp", *wheels]


# What template.yaml asks for: Runtime python3.14, Architectures [arm64]. Amazon Linux 2023 has glibc 2.34.
LAMBDA = BundleTarget("3.14", tuple(f"manylinux{glibc}_aarch64" for glibc in ("_2_34", "_2_28", "2014")))
HERE = BundleTarget(f"{sys.version_info.major}.{sys.version_info.minor}")


def _version(interpreter: str) -> str | None:
    """Returns an interpreter's version; None if it does not run (version managers leave such stand-ins on PATH)."""
    asked = subprocess.run([interpreter, "-I", "-c", ASK_VERSION], capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else None
