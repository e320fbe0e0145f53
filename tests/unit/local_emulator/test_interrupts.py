"""Ctrl-C while modules load."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import local_emulator
from local_emulator.interrupts import is_program

PACKAGE = Path(local_emulator.__file__).parent


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/local/bin/apigw-emulator", True),
        (str(PACKAGE / "__main__.py"), True),
        ("/usr/lib/pytest/__main__.py", False),
        ("-c", False),
        ("", False),
    ],
)
def test_the_emulators_own_program_is_known(path: str, expected: bool) -> None:
    assert is_program(path) is expected


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background inherits SIG_IGN
sys.argv = [{argv0!r}]
import local_emulator.interrupts
print("loading", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize(("argv0", "silent"), [("apigw-emulator", True), ("another", False)])
def test_an_interrupt_while_modules_load_prints_nothing_and_a_program_that_imports_them_keeps_its_own(
    argv0: str, silent: bool
) -> None:
    code = SLOW.format(argv0=argv0)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (errors == "") is silent
    assert (process.returncode == -signal.SIGINT) is silent or not silent
