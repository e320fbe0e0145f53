"""The limit on open files, and the report of what it stops."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from typing import Any

import pytest

from local_emulator.web.open_files import AcceptErrors, max_connections

LIMITS = """
import resource
from local_emulator.web.open_files import raise_open_files
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
print(raise_open_files() == hard, resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""


def test_the_soft_limit_becomes_the_hard_one() -> None:
    ran = subprocess.run([sys.executable, "-c", LIMITS], capture_output=True, text=True, check=True)
    assert ran.stdout == "True True\n"


def test_a_part_of_the_files_is_kept_for_other_uses() -> None:
    assert max_connections(1024) == 768
    assert max_connections(100) == 0
    assert max_connections(resource.RLIM_INFINITY) is None


class Loop:
    def __init__(self) -> None:
        self.passed_on: list[Any] = []

    def default_exception_handler(self, context: Any) -> None:
        self.passed_on.append(context)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_condition_is_reported_once_while_it_lasts(number: int) -> None:
    now, reports, loop = [0.0], list[str](), Loop()
    handler = AcceptErrors(reports.append, lambda: now[0])
    refused = {
        "message": "socket.accept() out of system resource",
        "exception": OSError(number, "x"),
        "socket": object(),
    }
    for second in (0, 0, 1, 50, 100, 159):
        now[0] = second
        handler(loop, refused)
    assert len(reports) == 1 and "cannot accept connections" in reports[0]
    now[0] = 220
    handler(loop, refused)
    assert len(reports) == 2 and loop.passed_on == []


def test_every_other_problem_is_reported_as_ever() -> None:
    loop = Loop()
    others: list[dict[str, Any]] = [
        {"message": "x"},
        {"exception": OSError(errno.EMFILE, "x")},
        {"exception": KeyError()},
    ]
    for context in others:
        AcceptErrors(lambda text: pytest.fail(text))(loop, context)
    assert loop.passed_on == others
