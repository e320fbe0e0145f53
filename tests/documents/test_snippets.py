"""Blocks of code in the documents can be read, and their commands name targets and options that exist."""

from __future__ import annotations

import ast
import json
import re

import pytest

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
COMMANDS = [path.read_text(encoding="utf-8") for path in (ROOT / "local_emulator").rglob("*.py")]
OPTIONS = {option for text in COMMANDS for option in re.findall(r"\"(--[a-z-]+)\"", text)} | {"--help", "--version"}


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


@pytest.mark.parametrize("name", TEXTS)
def test_options_of_the_emulators_commands_exist(name: str) -> None:
    lines = re.findall(r"^ *\$? ?(?:apigw-emulator|python -m local_emulator)\b([^|>\n]*)", TEXTS[name], re.MULTILINE)
    named = {option for line in lines for option in re.findall(r"(?<=\s)--[a-z-]+", line.split(" -- ")[0])}

    assert named - OPTIONS == set()
