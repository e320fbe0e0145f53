"""What pip and a type checker find."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import upload_progress_reporter

PACKAGE = Path(upload_progress_reporter.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]


def test_it_needs_nothing_but_the_standard_library() -> None:
    assert PROJECT["dependencies"] == []
    program = "import sys; sys.path.insert(0, sys.argv[1]); import upload_progress_reporter; print(*sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(PACKAGE.parent)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    roots = {name.partition(".")[0] for name in finished.stdout.split()}
    assert roots - sys.stdlib_module_names - {"__main__", "__mp_main__"} == {"upload_progress_reporter"}


def test_nothing_of_the_backend_is_imported() -> None:
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0)
        for name in node.names
    }
    assert not {"handlers", "domain", "infra", "local_emulator"} & {name.partition(".")[0] for name in imported}


def test_it_is_typed_and_exports_what_it_names() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert all(hasattr(upload_progress_reporter, name) for name in upload_progress_reporter.__all__)


def test_the_name_and_the_extra_are_those_of_the_documentation() -> None:
    assert PROJECT["name"] == "upload-progress-reporter"
    assert set(PROJECT["optional-dependencies"]) == {"boto3"}
    assert PROJECT["readme"] == "README.md" and (PACKAGE.parents[1] / "README.md").read_text().count("\n") > 20
