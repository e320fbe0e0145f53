"""Lines of the console."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest

from local_emulator.activity_log import Journal


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_a_reader_that_has_ended_or_a_full_disk_breaks_nothing(number: int) -> None:
    class Broken(StringIO):
        def write(self, text: str) -> int:
            raise OSError(number, "it takes no more")

    heard: list[str] = []
    journal = Journal(Broken())
    journal.listener = lambda what, about, text: heard.append(text)
    journal.sent("connection", 3)
    journal.notice("lost on the console")
    assert heard == ["lost on the console"]


@dataclass
class Failed:
    """A call that has failed."""

    failed: bool = True
    duration_ms: float = 1.0

    @property
    def result(self) -> Any:
        return {"errorType": "Runtime.ExitError", "errorMessage": "it ended"}


def test_a_call_that_ends_with_the_emulator_is_no_failure() -> None:
    out = StringIO()
    journal = Journal(out)
    journal.invoked("slow", "c1", Failed())
    journal.refused("c1", "Internal server error", "it ended")
    assert out.getvalue().count("it ended") == 2
    journal.stopping()
    journal.invoked("slow", "c2", Failed())
    journal.refused("c2", "Internal server error", "it ended")
    assert out.getvalue().count("it ended") == 2 and "ended, because the emulator stops" in out.getvalue()


def test_a_reason_hides_tokens() -> None:
    out = StringIO()
    Journal(out).refused("/dev", "401", 'the result was {"token": "topsecret"}')
    Journal(out).disconnected("c1", 4000, "bearer topsecret", None)
    assert "topsecret" not in out.getvalue() and out.getvalue().count("(hidden)") == 2
