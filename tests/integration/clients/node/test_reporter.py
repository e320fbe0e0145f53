"""The tests of the reporter for Node.js, under each Node, and its package as an application installs it."""

import json
from pathlib import Path

import pytest

from local_emulator.runtimes.node import Interpreter
from testing.node import CLIENT, run
from tests.integration.local_emulator.runtimes.bootstrap.node.nodes import NODES

pytestmark = pytest.mark.node

REPORTER = CLIENT.parent / "node"
RULES = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": False,
    "target": "ES2022",
    "lib": ["ES2023"],
    "types": ["node"],
}
FIRST_USE = """
const told = ([update]) => console.log(update.status);
new UploadReporter({userId: "alice", uploadId: "u1", fileName: "film.mp4", target: told}).completed();
"""


@pytest.mark.parametrize("node", NODES, ids=lambda node: f"node{node.major}")
def test_the_reporter_keeps_its_rules(node: Interpreter) -> None:
    tests = sorted(str(path) for path in (REPORTER / "tests").glob("*.test.js"))
    assert len(tests) >= 6
    run(str(node.path), "--no-warnings", "--test", "--test-timeout=60000", *tests, cwd=REPORTER)


def test_the_reporter_is_typed(node: str, packages: Path) -> None:
    run(node, str(packages / "typescript" / "bin" / "tsc"), cwd=REPORTER)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """An application without anything but the packed reporter."""
    folder = tmp_path_factory.mktemp("application")
    run("npm", "pack", "--silent", "--pack-destination", str(folder), cwd=REPORTER)
    [tarball] = folder.glob("*.tgz")
    (folder / "package.json").write_text('{"private": true}')
    run("npm", "install", "--offline", "--no-audit", "--no-fund", f"./{tarball.name}", cwd=folder)
    return folder


def test_it_needs_no_other_package(application: Path) -> None:
    installed = [path.name for path in (application / "node_modules").iterdir() if not path.name.startswith(".")]
    assert installed == ["upload-progress-reporter"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("first.mjs", 'import {UploadReporter} from "upload-progress-reporter";'),
        ("first.cjs", 'const {UploadReporter} = require("upload-progress-reporter");'),
    ],
)
def test_a_program_uses_it_as_a_module_of_either_kind(application: Path, node: str, name: str, line: str) -> None:
    (application / name).write_text(line + FIRST_USE)
    assert run(node, name, cwd=application) == "completed\n"


@pytest.mark.parametrize(
    ("resolution", "files"),
    [("bundler", ["page.ts"]), ("node16", ["page.mts", "page.cts"]), ("nodenext", ["page.mts"])],
)
def test_its_types_accept_what_is_right_and_refuse_what_is_wrong(
    application: Path, node: str, packages: Path, resolution: str, files: list[str]
) -> None:
    module = "es2022" if resolution == "bundler" else resolution
    options = {**RULES, "moduleResolution": resolution, "module": module, "typeRoots": [str(packages / "@types")]}
    for file in files:
        (application / file).write_text((REPORTER / "tests" / "consumer.ts").read_text(encoding="utf-8"))
    (application / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": files}))
    run(node, str(packages / "typescript" / "bin" / "tsc"), cwd=application)
