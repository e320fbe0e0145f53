"""Which Node runs a function, with which arguments and variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.runtimes.node import (
    MIN_MAJOR,
    SETTINGS,
    START,
    Interpreter,
    NoNodeError,
    behaviour_of,
    command,
    environment,
    is_node,
    major_of,
    nearest,
    node_path,
    notice_of,
)

FLAGS = ("--no-experimental-require-module", "--no-experimental-detect-module")
majors = st.integers(min_value=4, max_value=40)
versions = st.tuples(majors, st.integers(0, 30), st.integers(0, 30))
interpreters = versions.map(lambda version: Interpreter(Path("/bin/node" + ".".join(map(str, version))), version))


def node(*version: int, flags: tuple[str, ...] = FLAGS) -> Interpreter:
    return Interpreter(Path(f"/n/{version[0]}/node"), version, flags)


@pytest.mark.parametrize(
    ("runtime", "major", "behaviour"),
    [
        ("nodejs4.3", 4, "callbacks"),
        ("nodejs18.x", 18, "callbacks"),
        ("nodejs20.x", 20, "callbacks"),
        ("nodejs22.x", 22, "callbacks"),
        ("nodejs24.x", 24, "promises"),
        ("nodejs26.x", 26, "promises"),
    ],
)
def test_the_runtime_chooses_the_behaviour(runtime: str, major: int, behaviour: str) -> None:
    assert is_node(runtime) and (major_of(runtime), behaviour_of(runtime)) == (major, behaviour)


@pytest.mark.parametrize("runtime", ["python3.12", "nodejs", "provided.al2023", "nodejs22.x-beta", "", "ruby3.3"])
def test_other_runtimes_are_not_node(runtime: str) -> None:
    assert not is_node(runtime)
    with pytest.raises(ValueError, match="is no Node runtime"):
        major_of(runtime)


@given(majors, st.lists(interpreters, max_size=6))
def test_the_nearest_major_runs_a_function_and_of_two_equally_near_the_newer(
    major: int, installed: list[Interpreter]
) -> None:
    usable = [one for one in installed if one.major >= MIN_MAJOR]
    if not usable:
        with pytest.raises(NoNodeError):
            nearest(f"nodejs{major}.x", installed)
        return
    chosen = nearest(f"nodejs{major}.x", installed)

    assert chosen in usable
    for other in usable:
        assert abs(chosen.major - major) <= abs(other.major - major)
        if abs(chosen.major - major) == abs(other.major - major):
            assert chosen.version >= other.version


@given(majors, interpreters)
def test_another_major_is_said_and_a_tested_one_of_the_template_is_not(major: int, installed: Interpreter) -> None:
    notice = notice_of(f"nodejs{major}.x", installed)

    if installed.major != major:
        assert notice is not None and str(installed.path) in notice
    else:
        assert (notice is None) == (major in (20, 22, 24))


def test_the_command_line_has_what_lambda_passes() -> None:
    assert command(node(22, 1, 0), 128) == [
        *("/n/22/node", *FLAGS, "--max-old-space-size=116", "--max-semi-space-size=6", str(START)),
    ]
    assert START.is_file()


def test_an_old_node_gets_only_the_flags_that_it_knows() -> None:
    assert not set(FLAGS) & set(command(node(18, 0, 0, flags=()), 1024))


def test_the_functions_own_options_win() -> None:
    options = "--experimental-require-module --max-old-space-size=64"

    assert command(node(22, 1, 0), 128, options) == [
        *("/n/22/node", FLAGS[1], "--max-semi-space-size=6", str(START)),
    ]


def test_the_inspector_is_opened_on_request() -> None:
    assert "--inspect=127.0.0.1:9229" in command(node(22, 1, 0), 128, inspect="127.0.0.1:9229")


def test_one_variable_holds_what_the_bootstrap_needs() -> None:
    variables = environment("nodejs24.x", [Path("/a"), Path("/b")], 8443, "7")

    assert variables["NODE_PATH"] == "/a:/b"
    assert json.loads(variables[SETTINGS]) == {"behaviour": "promises", "tlsPort": 8443, "lifeline": "7"}


def test_packages_come_from_the_last_layer_first_and_then_from_what_stands_for_the_runtime() -> None:
    assert node_path("nodejs22.x", Path("/code"), [Path("/l1"), Path("/l2")], sdk=Path("/sdk")) == [
        Path("/l2/nodejs/node22/node_modules"),
        Path("/l1/nodejs/node22/node_modules"),
        Path("/l2/nodejs/node_modules"),
        Path("/l1/nodejs/node_modules"),
        Path("/sdk"),
    ]


def test_a_declared_node_path_replaces_it_and_speaks_of_lambdas_folders() -> None:
    declared = "/opt/lib:/var/task/shared:/var/task:/elsewhere:/optional:"

    assert node_path("nodejs22.x", Path("/code"), [Path("/l1")], declared) == [
        *map(Path, ("/l1/lib", "/code/shared", "/code", "/elsewhere", "/optional")),
    ]
