"""Colours and levels of the console."""

from __future__ import annotations

from io import StringIO

import pytest

from local_emulator.activity_log import Journal, Level
from local_emulator.cli.colours import RED, YELLOW, paint_for


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(environ, coloured):
    assert (paint_for(Terminal(), environ) is not None) is coloured
    assert paint_for(StringIO(), environ) is None


def test_a_refusal_is_yellow_and_a_failed_reload_red():
    out = StringIO()
    journal = Journal(out, paint_for(Terminal(), {}))
    journal.refused("/dev", "403")
    journal.not_redeployed("template.yaml", "broken")
    first, second = out.getvalue().splitlines()
    assert YELLOW in first and RED in second


def test_a_level_leaves_out_lower_lines_and_the_listener_gets_all():
    out, heard = StringIO(), []
    journal = Journal(out, min_level=Level.WARNING)
    journal.listener = lambda what, about, text: heard.append(what)
    journal.sent("a", 1)
    journal.reloaded("F", ["app.py"])
    journal.requested("GET", "/", 200)
    journal.refused("/dev", "403")
    assert out.getvalue().count("\n") == 1 and heard == ["reload", "refused"]
