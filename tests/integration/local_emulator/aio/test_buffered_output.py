"""Lines that are written in bunches."""

from __future__ import annotations

import asyncio
from io import StringIO

from local_emulator.aio.buffered_output import Unhurried
from tests.integration.local_emulator.conftest import until


class Counted(StringIO):
    """A stream that counts how often it was flushed."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1


async def test_a_thousand_lines_are_written_in_order_and_at_once() -> None:
    out = Counted()
    stream = Unhurried(out)
    for number in range(1000):
        print(number, file=stream, flush=True)
    assert out.getvalue() == ""
    await until(lambda: bool(out.getvalue()))
    assert out.getvalue() == "".join(f"{number}\n" for number in range(1000))
    assert out.flushes == 1


async def test_a_line_of_another_thread_is_not_kept_waiting_and_keeps_the_order() -> None:
    out = StringIO()
    stream = Unhurried(out)
    stream.write("first\n")
    await asyncio.to_thread(print, "second", file=stream, flush=True)
    assert out.getvalue() == "first\nsecond\n"


async def test_a_reader_that_has_left_breaks_nothing() -> None:
    class Broken(StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    stream = Unhurried(Broken())
    print("lost", file=stream, flush=True)
    stream.write_out()
