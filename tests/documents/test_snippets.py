"""Blocks of code in the documents can be parsed, and the emulator accepts the options of their commands."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from local_emulator.cli.commands import command_of
from local_emulator.cli.run_arguments import read_arguments
from testing.running import ROOT

DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "clients").glob("*/README.md"),
        ROOT / "local_emulator/README.md",
    }
)
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
EMULATOR = re.compile(
    r"^ *\$? ?(?:[\w ]+ && )?(?:apigw-emulator|python -m local_emulator)(?: ([^|>&#\n]*))?", re.MULTILINE
)
# Parses each module, with its top-level await, and runs none.
PARSE_MODULES = """
const {SourceTextModule} = require("vm");
for (const [name, code] of JSON.parse(require("fs").readFileSync(0))) new SourceTextModule(code, {identifier: name});
"""


def blocks(language: str) -> list[tuple[str, str]]:
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(name, block) for name, text in TEXTS.items() for block in fence.findall(text)]


def test_python_compiles() -> None:
    assert len(blocks("python")) > 20
    for name, block in blocks("python"):
        compile(block, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_json_is_json() -> None:
    assert [json.loads(block) for _, block in blocks("json")]


@pytest.mark.parametrize("name", TEXTS)
def test_targets_of_make_exist(name: str) -> None:
    named = set(re.findall(r"(?:`|^ {4}\$? ?|&& )make ([a-z][a-z-]*)", TEXTS[name], re.MULTILINE))

    assert named - TARGETS == set()


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_javascript_parses() -> None:
    parts = blocks("js")
    command = ["node", "--no-warnings", "--experimental-vm-modules", "--eval", PARSE_MODULES]

    ran = subprocess.run(command, input=json.dumps(parts), capture_output=True, text=True)

    assert len(parts) > 20
    assert ran.stderr == ""


def test_shell_parses() -> None:
    assert blocks("bash") and blocks("sh")
    for name, block in [*blocks("bash"), *blocks("sh")]:
        ran = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True)
        assert (name, ran.stderr) == (name, "")


def test_lines_of_json_are_json() -> None:
    lines = [line for text in TEXTS.values() for line in re.findall(r"^ {4}(?:[<>] )?(\{\".*\})$", text, re.MULTILINE)]

    assert len(lines) > 10
    assert [json.loads(line) for line in lines]


def emulator_commands() -> list[str]:
    lines = [line for text in TEXTS.values() for line in EMULATOR.findall(text.replace("\\\n", " "))]
    return sorted({line for line in lines if "…" not in line})


@pytest.mark.parametrize("line", emulator_commands())
def test_the_emulator_accepts_the_options_of_a_command(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, arguments = command_of(shlex.split(line))
    for file in re.findall(r"=(\w+\.\w+):", line):
        Path(file).touch()

    if command is None:
        read_arguments(arguments, {})
