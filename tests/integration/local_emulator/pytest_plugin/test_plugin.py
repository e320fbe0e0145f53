"""Other projects' tests use the fixture, in a folder outside of this repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.integration.local_emulator.control.test_emulator import TEMPLATE

pytest_plugins = ["pytester"]

TESTS = """
import json
import os
import pytest

def rows(emulator):
    return emulator.client("dynamodb").scan(TableName="local-Rows")["Count"]

def test_one(apigw_emulator):
    with apigw_emulator.connect(token="ann") as client:
        client.send("{}")
        assert client.receive_json()["greeting"] == "good day"
    apigw_emulator.faults.add("lost-disconnect")
    assert rows(apigw_emulator) > 0

def test_two(apigw_emulator):
    assert (rows(apigw_emulator), apigw_emulator.faults.list(), apigw_emulator.connections) == (0, [], [])
    with apigw_emulator.connect(token="ben") as client:
        client.send_json({"action": "fail", "number": 42})
        assert client.receive_json() == "all is well"

def test_three(apigw_emulator):
    assert rows(apigw_emulator) == 0

def test_without_an_emulator():
    assert False, "plain"
"""


def test_the_distribution_registers_the_plugin() -> None:
    [registered] = entry_points(group="pytest11", name="apigw_emulator")
    assert registered.value == "local_emulator.pytest_plugin", "run make install"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with an app and tests, where pytest has no settings but one."""
    for file in TEMPLATE.parent.glob("*.*"):
        shutil.copy(file, pytester.path)
    pytester.makepyfile(test_app=TESTS)
    pytester.makeini("[pytest]\napigw_parameters =\n    Greeting = good day\n")
    return pytester


def test_each_test_begins_anew_and_a_failed_one_shows_its_frames_calls_and_logs(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("-p", "no:randomly", "-p", "no:xdist")

    result.assert_outcomes(passed=2, failed=2)
    shown = result.stdout.str()
    frames, _, rest = shown.partition("- emulator frames -")[2].partition("- emulator calls -")
    assert '"number": 42' in frames
    assert "client to gateway" in frames
    assert "(ben)" in frames
    assert "ann" not in frames  # of the test before
    calls, _, rest = rest.partition("- emulator log -")
    assert "Fail for fail" in calls
    assert "ValueError: no such room" in calls
    log, _, plain = rest.partition("test_without_an_emulator")
    assert "about to fail" in log
    assert "- emulator" not in plain


def test_every_worker_of_xdist_has_an_emulator_of_its_own(project: pytest.Pytester) -> None:
    pids = project.mkdir("pids")
    project.makepyfile(
        test_app=f"""
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_rows(apigw_emulator, number, worker_id):
            assert apigw_emulator.client("dynamodb").scan(TableName="local-Rows")["Count"] == 0
            with apigw_emulator.connect(token="ann"):
                assert len(apigw_emulator.connections) == 1
            open(f"{pids}/{{worker_id}} {{apigw_emulator.pid}}", "w")
        """
    )

    project.runpytest_subprocess("-n2", "--dist=each").assert_outcomes(passed=4)

    assert [len({name.split()[place] for name in names(pids)}) for place in (0, 1)] == [2, 2]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize(
    ("given", "template"),
    [
        ([], "set.yaml"),
        (["--apigw-template", "given.yaml"], "given.yaml"),
    ],
)
def test_options_and_settings_choose_template_parameters_and_arguments(
    given: list[str], template: str, pytester: pytest.Pytester
) -> None:
    pytester.makeini(
        """
        [pytest]
        apigw_template = set.yaml
        apigw_parameters =
            A=b = c
            D =
        apigw_arguments = --max-age 9
        """
    )
    pytester.makepyfile(
        f"""
        def test_any(apigw_emulator_options, pytestconfig):
            assert apigw_emulator_options == {{
                "folder": pytestconfig.rootpath,
                "template": pytestconfig.rootpath / "{template}",
                "parameters": {{"A": "b = c", "D": ""}},
                "arguments": ["--max-age", "9"],
            }}
        """
    )
    pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:aiohttp", *given).assert_outcomes(passed=1)


def test_a_start_that_fails_is_the_error_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_any(apigw_emulator): pass")
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:aiohttp")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*template.yaml: cannot be read*", "*--apigw-template*"])


def test_importing_the_plugin_imports_little(tmp_path: Path) -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import local_emulator.pytest_plugin;"
        "print(*sys.modules.keys() - before)"
    )
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    # 2 to 9 ms of the 20 ms that a plugin may cost, by -X importtime.
    assert set(printed.split()) == {"local_emulator", "local_emulator.version", "local_emulator.pytest_plugin"}
