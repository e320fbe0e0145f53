"""What `npm pack` makes, installed as an application would install it."""

import json
import tarfile
from pathlib import Path

import pytest

from testing.node import CLIENT, run

pytestmark = pytest.mark.node

CLIENT_MODULES = {path.name for path in (CLIENT / "src").glob("upload-progress*.js")}
SHIPPED = {"package.json", "README.md", "LICENSE", "CHANGELOG.md", *CLIENT_MODULES}
SOURCES = [
    path for pattern in ("*.js", "list/*.js", "worker/*.js", "*.d.ts") for path in (CLIENT / "src").glob(pattern)
]
TYPES = {
    str("types" / path.relative_to(CLIENT / "src").with_name(f"{path.name.split('.')[0]}.d.ts")) for path in SOURCES
}
CONSUMER = CLIENT / "tests" / "consumer.ts"
RULES = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": False,
    "target": "ES2022",
    "lib": ["ES2023", "DOM"],
    "types": [],
}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """An application without anything but the packed client."""
    folder = tmp_path_factory.mktemp("application")
    packed = run("npm", "pack", "--json", "--pack-destination", str(folder), cwd=CLIENT)
    [tarball] = folder.glob("*.tgz")
    assert json.loads(packed[packed.index("[") :])[0]["filename"] == tarball.name
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    run("npm", "install", "--offline", "--no-audit", "--no-fund", f"./{tarball.name}", cwd=folder)
    return folder


def test_the_tarball_holds_the_modules_their_types_and_nothing_else(application: Path) -> None:
    [tarball] = application.glob("*.tgz")
    with tarfile.open(tarball) as packed:
        assert {name.removeprefix("package/") for name in packed.getnames()} == SHIPPED | TYPES


def test_it_needs_no_other_package(application: Path) -> None:
    assert [path.name for path in (application / "node_modules").iterdir() if path.is_dir()] == ["upload-progress"]


def test_a_program_imports_it_by_name(application: Path, node: str) -> None:
    said = run(
        node, "--eval", 'import("upload-progress").then((it) => console.log(Object.keys(it).sort()))', cwd=application
    )
    assert "UploadProgress" in said


def test_tabs_of_another_version_have_another_worker() -> None:
    version = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["version"]
    assert f'VERSION = "{version}"' in (CLIENT / "src" / "version.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("resolution", ["bundler", "node16", "nodenext"])
def test_its_types_say_what_is_right_and_refuse_what_is_wrong(
    application: Path, node: str, packages: Path, resolution: str
) -> None:
    module = "es2022" if resolution == "bundler" else resolution
    options = {**RULES, "moduleResolution": resolution, "module": module}
    (application / "page.ts").write_text(CONSUMER.read_text(encoding="utf-8"))
    (application / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["page.ts"]}))
    run(node, str(packages / "typescript" / "bin" / "tsc"), cwd=application)
