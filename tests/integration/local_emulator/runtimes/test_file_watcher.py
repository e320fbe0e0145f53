"""An edit is in force from the next call on, whichever way functions run."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from local_emulator.runtimes.file_watcher import Watch, files_of, is_watched
from tests.integration.local_emulator.emulating import Emulated, emulating, write, write_template

BEFORE = "import deep.words\ndef say(event, context): return deep.words.TEXT\n"


def _template(folder: Path) -> Path:
    write(folder, app=BEFORE, deep__words="TEXT = 'one'\n")
    return write_template(folder, Say="CodeUri: ., Handler: app.say", Other="CodeUri: ., Handler: app.say")


async def _until_said(emulated: Emulated, wanted: Any, function: str = "Say") -> None:
    said = None
    for _ in range(100):
        said = await emulated.invoke(function)
        if said == wanted or (isinstance(said, dict) and said.get("errorType") == wanted):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(said)


async def test_an_edit_of_any_module_is_in_force_and_told_once(tmp_path: Path) -> None:
    async with emulating(_template(tmp_path)) as emulated:
        await _until_said(emulated, "one")
        # Same length within the same second: Python's own cache of bytecode would not notice.
        for text in ("two", "six"):
            write(tmp_path, deep__words=f"TEXT = '{text}'\n")
            await _until_said(emulated, text)
        write(tmp_path, app=BEFORE.replace("TEXT", "TEXT.upper()"))
        await _until_said(emulated, "SIX")
        await _until_said(emulated, "SIX", "Other")
        told = [line.split()[1:] for line in emulated.lines.splitlines() if " reload " in line]
        assert [line[-1] for line in told if line[1:-1] == ["Say"]] == ["words.py", "words.py", "app.py"]


async def test_a_broken_edit_answers_its_error_and_a_good_one_heals_it(tmp_path: Path) -> None:
    async with emulating(_template(tmp_path)) as emulated:
        await _until_said(emulated, "one")
        for code, kind in (
            ("def say(:\n", "Runtime.UserCodeSyntaxError"),
            ("import nowhere\n", "Runtime.ImportModuleError"),
            ("x = 1\n", "Runtime.HandlerNotFound"),
            ("1 / 0\n", "ZeroDivisionError"),
        ):
            write(tmp_path, app=code)
            await _until_said(emulated, kind)
        write(tmp_path, app=BEFORE)
        await _until_said(emulated, "one")


async def test_a_call_under_way_ends_with_the_code_it_began_with(tmp_path: Path) -> None:
    slow = "import time\ndef say(event, context):\n    time.sleep(event or 0)\n    return 'old'\n"
    template = _template(tmp_path)
    write(tmp_path, app=slow)
    async with emulating(template) as emulated:
        await _until_said(emulated, "old")
        under_way = asyncio.ensure_future(emulated.invoke("Say", 1.5))
        await asyncio.sleep(0.1)
        write(tmp_path, app=slow.replace("old", "new"))
        await _until_said(emulated, "new")
        assert not under_way.done()
        assert await under_way == "old"
        await _until_said(emulated, "new")


def _watched(file: Path) -> Watch:
    watch = Watch()
    watch.add([str(file)], time.time() + 60, time.time() + 60)
    return watch


def test_files_are_looked_at_ten_times_a_second_at_most(tmp_path: Path) -> None:
    file = write(tmp_path, app="1") / "app.py"
    watch = _watched(file)
    assert watch.changed(100.0) == []
    file.write_text("22")
    assert watch.changed(100.09) == []
    assert watch.changed(100.6) == [str(file)]
    assert watch.changed(101.2) == []


@pytest.mark.parametrize("again", [True, False])
def test_a_file_that_goes_has_changed_and_so_has_one_that_comes_back(tmp_path: Path, again: bool) -> None:
    file = write(tmp_path, app="1") / "app.py"
    watch = _watched(file)
    file.unlink()
    assert watch.changed(100.0) == [str(file)]
    if again:
        file.write_text("1")
    assert watch.changed(101.0) == ([str(file)] if again else [])


def test_a_file_that_a_second_process_loads_still_counts_for_the_first(tmp_path: Path) -> None:
    file = write(tmp_path, app="1") / "app.py"
    watch = _watched(file)
    file.write_text("22")
    watch.add([str(file)], time.time() + 60, time.time() + 60)
    assert watch.changed(100.0) == [str(file)]


def test_a_file_written_while_it_was_loaded_counts_as_changed(tmp_path: Path) -> None:
    file = write(tmp_path, app="1") / "app.py"
    written = file.stat().st_mtime
    watch = Watch()
    watch.add([str(file)], written - 1, written + 1)
    assert watch.changed(100.0) == [str(file)]
    assert watch.changed(101.0) == []


def test_what_is_installed_is_never_watched() -> None:
    root = f"{Path.cwd()}{os.sep}"
    assert is_watched(f"{root}handlers/connect.py", (root,))
    assert not is_watched(json.__file__, (os.sep,))
    assert not is_watched(pytest.__file__, (os.sep,))
    assert not is_watched(f"{root}local_emulator/apigateway/gateway.py", (root,))
    assert not is_watched(f"{root}handlers/connect.py", ("/elsewhere/",))


SHELL = """#!/bin/bash
base="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
    id=$(curl -s -i "$base/next" | tr -d '\\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
    curl -s -o /dev/null -d "$(sh "$LAMBDA_TASK_ROOT/deep/words")" "$base/$id/response"
done
"""


@pytest.mark.node
async def test_an_edit_of_a_file_in_any_language_is_in_force(tmp_path: Path) -> None:
    """Node and programs do not report what they have loaded, so each file of their code counts."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "index.js").write_text(
        "const words = require('./deep/words.js');\nexports.handler = async () => words;\n"
    )
    (tmp_path / "bootstrap").write_text(SHELL)
    (tmp_path / "bootstrap").chmod(0o755)
    template = write_template(tmp_path, Node="CodeUri: ., Handler: index.handler", Shell="CodeUri: ., Handler: x")
    text = template.read_text().replace("python3.13", "nodejs22.x", 1).replace("python3.13", "provided.al2023", 1)
    template.write_text(text)

    def edit(word: str) -> None:
        (tmp_path / "deep" / "words.js").write_text(f"module.exports = '{word}';\n")
        (tmp_path / "deep" / "words").write_text(f"echo '\"{word}\"'\n")

    edit("one")
    async with emulating(template) as emulated:
        for word in ("one", "two", "six"):
            edit(word)
            for function in ("Node", "Shell"):
                await _until_said(emulated, word, function)


def test_files_of_installed_packages_and_hidden_folders_are_not_watched(tmp_path: Path) -> None:
    write(tmp_path, app="", deep__words="", node_modules__package__index="", _git__x="")
    (tmp_path / "_git").rename(tmp_path / ".git")
    assert sorted(files_of([str(tmp_path)])) == [str(tmp_path / "app.py"), str(tmp_path / "deep" / "words.py")]
