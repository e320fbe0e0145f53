"""Python functions run by the project's own interpreter, with the project's packages and Lambda's alone."""

from __future__ import annotations

import json
import sys
import venv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local_emulator.activity_log import Journal
from local_emulator.awslambda.payload import json_of
from local_emulator.cli.banner import greeting
from local_emulator.cli.run_arguments import read_arguments
from local_emulator.runtimes.requirements import _emulator_packages, emulator_packages
from local_emulator.runtimes.selection import Environments
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.emulating import write, write_template

LOOK = """
    import importlib, sys

    def look(event, context):
        try:
            module = importlib.import_module(event)
        except ImportError as problem:
            return [sys.prefix, str(problem)]
        return [sys.prefix, getattr(module, "WHENCE", "of the emulator")]
"""


def made(folder: Path, **packages: str) -> Path:
    """A virtual environment with a few packages, which has neither pip nor anything of the emulator."""
    venv.create(folder, symlinks=True)
    write(folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages", **packages)
    return folder


async def looked(settings: Settings, *modules: str) -> dict[str, Any]:
    environments = Environments(read_template(settings.template), settings, Journal(StringIO()))
    look = environments.start()["Look"]
    try:
        answers = {name: (await look.run(json_of(name), name)).payload for name in modules}
    finally:
        await environments.stop()
    return {name: json.loads(answer) for name, answer in answers.items()}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    write(tmp_path, app=LOOK)
    return write_template(tmp_path, Look="CodeUri: ., Handler: app.look, Timeout: 20")


@pytest.mark.parametrize("name", [".venv", "venv"])
async def test_a_virtual_environment_beside_the_template_runs_python_functions(template: Path, name: str) -> None:
    folder = made(template.parent / name, projects_own="WHENCE = 'of the project'")
    settings = Settings(template=template)

    assert f"Python functions by {folder}/bin/python" in greeting(read_template(template), settings)
    assert await looked(settings, "projects_own") == {"projects_own": [str(folder), "of the project"]}


async def test_the_command_line_names_another_interpreter(template: Path, tmp_path: Path) -> None:
    made(tmp_path / ".venv")
    folder = made(tmp_path / "other", projects_own="WHENCE = 'of the project'")
    settings = read_arguments(["--template", str(template), "--python", str(folder / "bin" / "python")])

    assert await looked(settings, "projects_own") == {"projects_own": [str(folder), "of the project"]}


@pytest.mark.parametrize("path", ["nowhere", "template.yaml"])
def test_a_file_that_is_no_program_is_refused(template: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(["--template", str(template), "--python", str(template.parent / path)])
    assert ended.value.code == 2
    assert "is no executable file" in capsys.readouterr().err


async def test_it_finds_the_sdk_of_lambda_but_no_package_of_the_emulator(template: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / ".venv")

    found = await looked(Settings(template=template), "boto3", "moto", "local_emulator")
    assert found == {
        "boto3": [str(folder), "of the emulator"],
        "moto": [str(folder), "No module named 'moto'"],
        "local_emulator": [str(folder), "No module named 'local_emulator'"],
    }


async def test_the_projects_own_sdk_is_the_one_imported(template: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / ".venv", boto3="WHENCE = 'of the project'")
    assert await looked(Settings(template=template), "boto3") == {"boto3": [str(folder), "of the project"]}


def installed(folder: Path, name: str, *needs: str, requested: bool = False) -> None:
    """A package as pip leaves it."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    lines = [f"Requires-Dist: {need}\n" for need in needs]
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{''.join(lines)}")
    (info / "RECORD").write_text(f"{name.replace('-', '_')}/__init__.py,,\n{name}-1.dist-info/METADATA,,\n")
    if requested:
        (info / "REQUESTED").write_text("")


def test_packages_of_the_emulator_are_those_that_neither_lambda_nor_the_project_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in one environment, in which a project's packages were installed beside the emulator."""
    installed(tmp_path, "apigw-emulator", "boto3>=1", "moto[server]>=5", "aiohttp", "PyYAML", requested=True)
    installed(tmp_path, "boto3", "botocore")
    installed(tmp_path, "botocore")
    installed(tmp_path, "moto", "requests>=2", 'flask ; extra == "server"')
    installed(tmp_path, "requests", "idna")
    installed(tmp_path, "idna")
    installed(tmp_path, "flask")
    installed(tmp_path, "aiohttp", "idna")
    installed(tmp_path, "PyYAML", requested=True)
    installed(tmp_path, "projects-own", "requests", requested=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    emulators = {"local_emulator": "apigw-emulator", "moto": "moto", "flask": "flask", "aiohttp": "aiohttp"}
    assert _emulator_packages.__wrapped__(frozenset()) == emulators

    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "requirements.txt").write_text("# Flask\n-r aiohttp\n\nFlask>=3  # for moto\n")
    del emulators["flask"]
    assert emulator_packages([tmp_path / "code", tmp_path / "nowhere"]) == emulators
