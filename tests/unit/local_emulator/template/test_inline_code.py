"""Code that stands in a template is written out, and nothing of it is left."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from local_emulator.deployment import Deployment
from local_emulator.template.inline_code import InlineCode
from local_emulator.template.reader import read_template

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
    inline = InlineCode()
    functions = inline.written_out(_deployment("inline")).functions
    assert {name: [*function.code_dir.iterdir()] for name, function in functions.items()} == {
        name: [function.code_dir / "index.py"] for name, function in functions.items()
    }
    assert len({function.code_dir for function in functions.values()}) == len(functions) == 2
    assert (functions["ShoutFunction"].code_dir / "index.py").read_text().endswith('.upper() + "!"}\n')
    inline.remove()
    assert [*temporary.iterdir()] == []


def test_what_nobody_removes_goes_with_its_owner(temporary: Path) -> None:
    inline = InlineCode()
    inline.written_out(_deployment("inline"))
    assert len([*temporary.iterdir()]) == 1
    del inline
    gc.collect()
    assert [*temporary.iterdir()] == []


def test_functions_in_folders_of_their_own_stay_there(temporary: Path) -> None:
    deployment, inline = _deployment("chat"), InlineCode()
    assert inline.written_out(deployment) is deployment
    inline.remove()
    assert [*temporary.iterdir()] == []
