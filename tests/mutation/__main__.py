"""Counts the seeded mutants that the tests of a tree kill.

    python -m tests.mutation list --tree TREE                 writes mutants.json anew, from the tree that it names
    python -m tests.mutation cover --tree TREE                runs the tests once, to learn which of them cover a line
    python -m tests.mutation run --tree TREE [--count 20]     runs each mutant against the tests that cover its line

A tree is a checkout of any commit; it is copied, so it stays as it is. Two trees are compared by running both.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from coverage import CoverageData

from tests.mutation.mutant import FOLDERS, Mutant, find, sites

SEED = 2634
MUTANTS = Path(__file__).with_name("mutants.json")
# Modules and how many mutants are drawn of them, by their paths in the commit that the list was drawn from.
APPLICATION = "push saving broadcast audience retrying revocation closing sweep sweep_acts"
GATEWAY = (
    "front_door paths gateway handshakes connections integrations management turns message_events request_ids sizes "
    "api_key events frames identity_sources ids limits models policy quotas rates routing signature framing "
    "data_frames upgrade connection_faults delivery_faults management_faults"
)
DRAWN = (
    (60, ["domain/*.py"]),
    (60, [f"infra/{name}.py" for name in APPLICATION.split()]),
    (80, [f"local_emulator/{name}.py" for name in GATEWAY.split()]),
)
# Folders whose tests are suites of their own, where a tree has them.
TIERS = ("unit", "integration")
# Suites whose code runs in processes of its own, where coverage does not see it, and suites about other code.
LEFT_OUT = {
    "architecture",
    "benchmarks",
    "bundle",
    "clients",
    "conformance",
    "e2e",
    "end_to_end",
    "examples",
    "mutation",
}
LEFT_OUT |= {"__pycache__", "pentest"}
SECONDS = 60


def draw(tree: Path) -> None:
    chance = random.Random(SEED)
    chosen: list[Mutant] = []
    for number, patterns in DRAWN:
        paths = sorted(path for pattern in patterns for path in tree.glob(pattern))
        every = [site.mutant for path in paths for site in sites(str(path.relative_to(tree)), path.read_bytes())]
        chosen += chance.sample(every, number)
    MUTANTS.write_text(json.dumps([asdict(one) for one in chosen], indent=1) + "\n")
    print(f"{len(chosen)} mutants")


def cover(tree: Path, named: list[str]) -> None:
    """Runs the suites once, all or those that are named; writes which tests cover a line into .coverage.mutation."""
    plugin = ["-p", "tests.mutation.contexts", "-p", "no:cacheprovider"]
    with TreeCopy(tree) as copy:
        data = copy / ".coverage.mutation"
        suites = named or [str(one) for one in _suites(copy)]
        sources = ",".join(name for name in FOLDERS if (copy / name).exists())
        command = [sys.executable, "-m", "coverage", "run", f"--data-file={data}", f"--source={sources}"]
        subprocess.run([*command, "-m", "pytest", "--quiet", "-n0", *plugin, *suites], cwd=copy, env=_variables(copy))
        lines: dict[str, dict[int, list[str]]] = {}
        measured = CoverageData(str(data))
        measured.read()
        for file in measured.measured_files():
            found = {line: sorted(filter(None, by)) for line, by in measured.contexts_by_lineno(file).items()}
            lines[str(Path(file).relative_to(copy))] = found
    (tree / ".coverage.mutation").write_text(json.dumps(lines))


def run(tree: Path, count: int, area: str) -> None:
    covered = json.loads((tree / ".coverage.mutation").read_text())
    mutants = [one for one in drawn() if one.path.startswith(area)]
    if count < len(mutants):
        mutants = random.Random(SEED).sample(mutants, count)
    ends: Counter[str] = Counter()
    with TreeCopy(tree) as copy:
        for number, mutant in enumerate(mutants, 1):
            end = judge(mutant, copy, covered)
            ends[end] += 1
            print(number, end, f"{mutant.path}:{mutant.function}: {mutant.before} -> {mutant.after}", flush=True)
    print(dict(ends))


def drawn() -> list[Mutant]:
    return [Mutant(**one) for one in json.loads(MUTANTS.read_text())]


def judge(mutant: Mutant, tree: Path, covered: dict[str, dict[str, list[str]]]) -> str:
    """`killed`, `survived`, `out of time`, `uncovered`, or `gone` where the tree has no such expression any more."""
    found = find(mutant, tree)
    if found is None:
        return "gone"
    path, site = found
    tests = covered.get(str(path.relative_to(tree)), {}).get(str(site.line), [])
    if not tests:
        return "uncovered"
    text = path.read_bytes()
    path.write_bytes(site.applied_to(text))
    try:
        return _ended(tree, tests)
    finally:
        path.write_bytes(text)


def _ended(tree: Path, tests: list[str]) -> str:
    named = tree / ".tests-of-the-mutant"
    named.write_text("\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", f"@{named}"]
    try:
        ended = subprocess.run(command, cwd=tree, env=_variables(tree), capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "out of time"
    return "survived" if ended.returncode == 0 else "killed"


class TreeCopy:
    """A copy of a tree without what it has installed or built; it is removed at the end."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="mutants-")
        copy = Path(self._folder.name) / "tree"
        ignored = shutil.ignore_patterns(
            ".venv*", ".git", "node_modules", "__pycache__", "artefacts", ".aws-sam", ".bundle"
        )
        shutil.copytree(self._tree, copy, ignore=ignored)
        shutil.copytree(Path(__file__).parent, copy / "tests" / "mutation", dirs_exist_ok=True)
        return copy

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _suites(tree: Path) -> list[Path]:
    """Returns the folders and files of the tests, but not those of LEFT_OUT."""
    tests = tree / "tests"
    inside = [path for folder in (tests, *(tests / tier for tier in TIERS)) for path in sorted(folder.glob("*"))]
    suites = [path for path in inside if path.is_dir() or path.name.startswith("test_")]
    return [path for path in suites if path.name not in LEFT_OUT and path.name not in TIERS]


def _variables(tree: Path) -> dict[str, str]:
    # Byte code would be taken for that of the unchanged module: both may have one size and one second.
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("action", choices=["list", "cover", "run"])
    parser.add_argument("--tree", type=Path, default=Path(), help="a checkout (default: this folder)")
    parser.add_argument("--count", type=int, default=200, help="run so many of the mutants, drawn with the same seed")
    parser.add_argument("--area", default="", help="run those mutants alone whose path begins so, such as domain/")
    parser.add_argument("--suite", action="append", default=[], help="cover with these tests alone")
    given = parser.parse_args()
    tree = given.tree.resolve()
    match given.action:
        case "list":
            draw(tree)
        case "cover":
            cover(tree, given.suite)
        case _:
            run(tree, given.count, given.area)


main()
