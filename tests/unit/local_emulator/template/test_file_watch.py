"""The watch on a template's files."""

from __future__ import annotations

import asyncio
import contextlib
import os

import pytest

from local_emulator.template.file_watch import FileWatch


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text("one")
    return file


async def _calls(watch, change, answers=(True,), least=0):
    """The number of calls within a few looks after a change."""
    calls = []

    async def changed():
        calls.append(len(calls))
        return answers[min(len(calls), len(answers)) - 1]

    task = asyncio.create_task(watch.run(changed))
    change()
    while len(calls) < least:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.15)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return len(calls)


def _watch(*files):
    return FileWatch(lambda: files, look_seconds=0.005)


@pytest.mark.parametrize("way", ["write", "replace", "delete"])
async def test_a_change_is_seen_once_in_whatever_way_it_is_made(file, way):
    def change():
        if way == "write":
            file.write_text("two, which is longer")
        elif way == "delete":
            file.unlink()
        else:
            beside = file.with_suffix(".new")
            beside.write_text("two")
            os.replace(beside, file)

    assert await _calls(_watch(file), change, least=1) == 1


async def test_without_a_change_there_is_no_call(file):
    assert await _calls(_watch(file, file.with_name("samconfig.toml")), lambda: None) == 0


async def test_a_file_that_comes_is_a_change(file):
    later = file.with_name("samconfig.toml")
    assert await _calls(_watch(file, later), lambda: later.write_text(""), least=1) == 1


async def test_a_change_between_the_reading_and_the_first_look_is_seen(file):
    watch = _watch(file)
    file.write_text("changed before it ran")
    assert await _calls(watch, lambda: None, least=1) == 1


async def test_what_cannot_be_used_is_tried_again(file):
    assert await _calls(_watch(file), lambda: file.write_text("broken"), (False, False, True), least=3) == 3
