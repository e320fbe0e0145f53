"""Lines of the console."""

from __future__ import annotations

from io import StringIO

from local_emulator.activity_log import Journal


def test_a_reader_that_has_ended_breaks_nothing() -> None:
    class Broken(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    heard: list[str] = []
    journal = Journal(Broken())
    journal.listener = lambda what, about, text: heard.append(text)
    journal.sent("connection", 3)
    journal.notice("lost on the console")
    assert heard == ["lost on the console"]
