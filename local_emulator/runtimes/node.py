"""The process of a Node function: its interpreter, its command line, its environment.

The template's Runtime chooses how the bootstrap behaves, whichever Node is installed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

START = Path(__file__).parent / "bootstrap" / "node" / "start.mjs"
SETTINGS = "LOCAL_EMULATOR_NODE"  # the bootstrap removes it before it loads the handler
RUNTIME = re.compile(r"nodejs(\d+)(\.[0-9x]+)?")
FIRST_WITH_PROMISES = 24  # nodejs24.x and newer have no callbacks
MIN_MAJOR = 18  # the first with a global fetch
TESTED_MAJORS = (20, 22, 24)
# Documented (Lambda Developer Guide, "Building Lambda functions with Node.js"): Lambda switches these off, unless
# NODE_OPTIONS switches them on again.
EXPERIMENTS = ("require-module", "detect-module")
# Seen in AWS's client, which removes these two from the arguments of its worker threads; the shares are inferred.
NEW_SPACE_SHARE = 10
PROBE = f"""
    const flags = {json.dumps([f"--no-experimental-{one}" for one in EXPERIMENTS])};
    const known = flags.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag));
    console.log(JSON.stringify({{ version: process.versions.node, flags: known }}));
"""
# Where version managers keep each Node, below the user's folder.
MANAGED = (
    ".nvm/versions/node/v{}.*/bin/node",
    ".local/share/fnm/node-versions/v{}.*/installation/bin/node",
    ".local/share/mise/installs/node/{}.*/bin/node",
    ".asdf/installs/nodejs/{}.*/bin/node",
    ".nodenv/versions/{}.*/bin/node",
    ".volta/tools/image/node/{}.*/bin/node",
)

Behaviour = Literal["callbacks", "promises"]


class NoNodeError(Exception):
    """No Node runs the function; `runtime` is the template's."""

    def __init__(self, runtime: str, searched: Sequence[Path]) -> None:
        found = f"the ones found are older than {MIN_MAJOR}: " if searched else "none is on PATH"
        super().__init__(f"{runtime} needs Node {major_of(runtime)}; {found}{', '.join(map(str, searched))}")
        self.runtime = runtime


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An installed Node. `flags` are those of its command line that Lambda passes and this one knows."""

    path: Path
    version: tuple[int, ...]
    flags: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        return self.version[0]


def is_node(runtime: str) -> bool:
    """Returns True for `nodejs22.x` and other versions of Node."""
    return RUNTIME.fullmatch(runtime) is not None


def major_of(runtime: str) -> int:
    """Returns 22 for `nodejs22.x`. Raises ValueError for what is no Node runtime."""
    match = RUNTIME.fullmatch(runtime)
    if match is None:
        raise ValueError(f"{runtime} is no Node runtime")
    return int(match[1])


def behaviour_of(runtime: str) -> Behaviour:
    """Returns `promises` for nodejs24.x and newer, `callbacks` for older ones."""
    return "promises" if major_of(runtime) >= FIRST_WITH_PROMISES else "callbacks"


def nearest(runtime: str, installed: Iterable[Interpreter]) -> Interpreter:
    """Returns the Node with the template's major, else the nearest; of two equally near, the newer.

    Raises NoNodeError if none is new enough for the bootstrap.
    """
    wanted = major_of(runtime)
    found = list(installed)
    usable = [one for one in found if one.major >= MIN_MAJOR]
    if not usable:
        raise NoNodeError(runtime, [one.path for one in found])
    return min(usable, key=lambda one: (abs(one.major - wanted), [-part for part in one.version]))


def notice_of(runtime: str, interpreter: Interpreter) -> str | None:
    """Returns what to say at start about a Node that is not the template's, or that no test covers; else None."""
    version = ".".join(map(str, interpreter.version))
    if interpreter.major != major_of(runtime):
        return f"{runtime} runs on Node {version} ({interpreter.path}), with the behaviour of {runtime}"
    if interpreter.major not in TESTED_MAJORS:
        return f"{runtime} runs on Node {version}, with which the emulator is not tested"
    return None


def command(interpreter: Interpreter, memory_mb: int, options: str = "", inspect: str | None = None) -> list[str]:
    """Returns the command line of a function's process.

    `options` is the function's own NODE_OPTIONS, which wins. `inspect` is host:port for Node's inspector.
    """
    old_space = memory_mb - memory_mb // NEW_SPACE_SHARE
    semi_space = max(1, memory_mb // NEW_SPACE_SHARE // 2)
    flags = [flag for flag in interpreter.flags if flag.replace("--no-", "--") not in options]
    for flag, size in (("--max-old-space-size", old_space), ("--max-semi-space-size", semi_space)):
        if flag not in options:
            flags.append(f"{flag}={size}")
    if inspect is not None:
        flags.append(f"--inspect={inspect}")
    return [str(interpreter.path), *flags, str(START)]


def environment(
    runtime: str, node_path: Sequence[Path], tls_port: int | None = None, lifeline: str | None = None
) -> dict[str, str]:
    """Returns the variables to set beside those that Lambda gives every function.

    `tls_port` is the port on loopback that answers for the hosts of APIs. `lifeline` is the number of an inherited
    socket; the process and its group end when the other end closes.
    """
    settings: dict[str, Any] = {"behaviour": behaviour_of(runtime), "tlsPort": tls_port, "lifeline": lifeline}
    return {"NODE_PATH": os.pathsep.join(map(str, node_path)), SETTINGS: json.dumps(settings)}


def node_path(
    runtime: str, code_dir: Path, layers: Sequence[Path], declared: str | None = None, sdk: Path | None = None
) -> list[Path]:
    """Returns the folders of NODE_PATH, first first.

    Documented (Lambda Developer Guide, "Working with layers for Node.js"): `/opt/nodejs/node22/node_modules`, then
    `/opt/nodejs/node_modules`, then the packages of the runtime itself, for which `sdk` stands. Layers are unpacked
    over one another, so a later one hides an earlier one. `declared` is the template's own NODE_PATH, which replaces
    all that.
    """
    opt = tuple(reversed(layers))
    own = f"/opt/nodejs/node{major_of(runtime)}/node_modules:/opt/nodejs/node_modules"
    mounts = (("/var/task", (code_dir,)), ("/opt", opt), ("/var/runtime/node_modules", (sdk,) if sdk else ()))
    entries = (own + ":/var/runtime/node_modules" if declared is None else declared).split(":")
    return list(dict.fromkeys(folder for entry in entries if entry for folder in _mounted(entry, mounts)))


def _mounted(entry: str, mounts: Iterable[tuple[str, Sequence[Path]]]) -> list[Path]:
    """Returns the folders that a folder of Lambda is here."""
    for mount, folders in mounts:
        if entry == mount or entry.startswith(mount + "/"):
            return [folder / entry[len(mount) :].lstrip("/") for folder in folders]
    return [Path(entry)]


def candidates(runtime: str, project: Path, own: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yields the files that may be a Node for `runtime`, best first: the project's, PATH's, a version manager's."""
    major = major_of(runtime)
    folders = [project / "node_modules" / ".bin", *map(Path, own.get("PATH", "").split(os.pathsep))]
    yield from (folder / name for folder in folders for name in ("node", f"node{major}", f"node-{major}"))
    for prefix in ("/opt/homebrew", "/usr/local"):
        yield Path(prefix) / "opt" / f"node@{major}" / "bin" / "node"
    home = Path(own.get("HOME", "/"))
    for pattern in MANAGED:
        yield from sorted(home.glob(pattern.format(major)), reverse=True)


def find(runtime: str, project: Path, own: Mapping[str, str] = os.environ) -> Interpreter:
    """Returns the Node to run `runtime` with; asks each candidate for its version until the majors agree.

    Raises NoNodeError.
    """
    found: dict[Path, Interpreter] = {}
    for path in candidates(runtime, project, own):
        if not os.access(path, os.X_OK) or not path.is_file() or path.resolve() in found:
            continue
        interpreter = probe(path)
        if interpreter is not None:
            found[path.resolve()] = interpreter
            if interpreter.major == major_of(runtime):
                break
    return nearest(runtime, found.values())


@cache
def probe(path: Path) -> Interpreter | None:
    """Returns the Node at `path`, None if it does not run. A version manager's shim finds its Node by PATH and HOME."""
    needed = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        run = subprocess.run([path, "--eval", PROBE], capture_output=True, env=needed, timeout=30, check=True)
        told = json.loads(run.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(path, tuple(map(int, told["version"].split("-")[0].split("."))), tuple(told["flags"]))
