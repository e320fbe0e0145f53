"""Code that stands in a template is written out, and nothing of it is left."""

from __future__ import annotations

import asyncio
import gc
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from local_emulator.activity_log import Journal
from local_emulator.deployment import Deployment
from local_emulator.template.code_folders import CodeFolders
from local_emulator.template.reader import read_template
from testing.template_snippets import api, function

TEMPLATES = Path(__file__).parents[3] / "templates"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def _deployment(name: str) -> Deployment:
    [template] = (TEMPLATES / name).glob("template.*")
    return read_template(template)


def test_each_function_has_a_folder_with_its_code_until_that_is_removed(temporary: Path) -> None:
    folders = CodeFolders()
    functions = folders.written_out(_deployment("inline")).functions
    assert {name: [*function.code_dir.iterdir()] for name, function in functions.items()} == {
        name: [function.code_dir / "index.py"] for name, function in functions.items()
    }
    assert len({function.code_dir for function in functions.values()}) == len(functions) == 2
    assert (functions["ShoutFunction"].code_dir / "index.py").read_text().endswith('.upper() + "!"}\n')
    folders.remove()
    assert [*temporary.iterdir()] == []


def test_what_nobody_removes_goes_with_its_owner(temporary: Path) -> None:
    folders = CodeFolders()
    folders.written_out(_deployment("inline"))
    assert len([*temporary.iterdir()]) == 1
    del folders
    gc.collect()
    assert [*temporary.iterdir()] == []


def test_functions_in_folders_of_their_own_stay_there(temporary: Path) -> None:
    deployment, folders = _deployment("chat"), CodeFolders()
    assert folders.written_out(deployment) is deployment
    folders.remove()
    assert [*temporary.iterdir()] == []


async def test_an_archive_is_unpacked_once_and_again_when_it_changes(temporary: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    archive = project / "code.zip"
    _zip(archive, "x = 1")
    template = _template(project, *(function("CodeUri: code.zip", logical_id=name) for name in "FG"))
    folders, console = CodeFolders(), io.StringIO()
    found = folders.written_out(read_template(template)).functions
    assert found["F"].code_dir == found["G"].code_dir
    code = found["F"].code_dir / "app.py"
    assert code.read_text() == "x = 1"
    following = asyncio.create_task(folders.follow(Journal(console)))
    archive.write_bytes(b"PK")
    await _until(lambda: "has changed and is no sound zip archive" in console.getvalue())
    _zip(archive, "x = 2")
    await _until(lambda: code.read_text() == "x = 2")
    following.cancel()
    folders.remove()
    assert not code.exists()


def _template(folder: Path, *functions: str) -> Path:
    path = folder / "template.yaml"
    resources = "\n  ".join([*functions, api("StageName: p, Routes: {hi: {FunctionArn: x}}")])
    path.write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n  {resources}\n")
    return path


def _zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("app.py", text)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.05)


def test_code_of_node_is_a_file_of_node(temporary: Path, tmp_path: Path) -> None:
    template = _template(tmp_path, function("InlineCode: x", "Handler: index.h, Runtime: nodejs22.x, "))
    folders = CodeFolders()
    found = folders.written_out(read_template(template)).functions["F"]
    assert [file.name for file in found.code_dir.iterdir()] == ["index.js"]
    folders.remove()


def test_node_finds_the_packages_of_the_project_above_unpacked_code(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "project" / "node_modules" / "sdk").mkdir(parents=True)
    package = tmp_path / "project" / ".serverless"
    package.mkdir()
    _zip(package / "code.zip", "x")
    folders = CodeFolders()
    found = folders.written_out(read_template(_template(package, function("CodeUri: code.zip")))).functions["F"]
    assert (found.code_dir.parent / "node_modules" / "sdk").is_dir()
    folders.remove()
    assert (tmp_path / "project" / "node_modules" / "sdk").is_dir()
