"""`python -m clients.terminal --user alice`: shows a user's uploads live."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from io import TextIOWrapper

import aiohttp
from rich.console import Console

from clients.terminal.arguments import Arguments, read_arguments
from clients.terminal.bars import Bars
from clients.terminal.connection_end import ConnectionEnd
from clients.terminal.lines import Lines, OutputClosedError
from clients.terminal.uploads import UploadList
from clients.terminal.watcher import Watcher


def main() -> int:
    """Runs the client of the command line and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names hold what ASCII and Latin-1 do not
    try:
        return asyncio.run(watch(read_arguments(sys.argv[1:])))
    except OutputClosedError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left cannot be written either
        return 0


async def watch(arguments: Arguments) -> int:
    """Shows uploads until Ctrl-C (returns 0) or until the server allows no further connection (returns 1)."""
    uploads = UploadList()
    console = Console()
    # Bars need characters that only Unicode encodings have.
    plain = arguments.plain or not console.is_terminal or not console.encoding.startswith("utf")
    after = arguments.stalled_after
    view: Bars | Lines = Lines(uploads, sys.stdout, after) if plain else Bars(uploads, arguments.title, console, after)
    async with aiohttp.ClientSession() as http:
        watcher = Watcher(arguments.url, arguments.token_source(http), uploads, view, arguments.keep_alive)
        with view:
            end = await _until_interrupted(watcher.run(http), view)
    if end is None:
        return 0
    print(f"The connection is over: {end.message or end.reason}", file=sys.stderr)
    return 1


async def _until_interrupted(run: Coroutine[None, None, ConnectionEnd], view: Bars | Lines) -> ConnectionEnd | None:
    """Returns the end of the last connection; None after SIGINT or SIGTERM. Raises OutputClosedError."""
    watching, passing = asyncio.create_task(run), asyncio.create_task(_tick(view))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
    try:
        await asyncio.wait({watching, passing}, return_when=asyncio.FIRST_COMPLETED)
        return await (watching if watching.done() else passing)
    except asyncio.CancelledError:
        return None
    finally:
        watching.cancel()
        passing.cancel()
        await asyncio.gather(watching, passing, return_exceptions=True)


async def _tick(view: Bars | Lines) -> None:
    """Updates the view each second."""
    while True:
        await asyncio.sleep(1)
        view.tick()


if __name__ == "__main__":
    sys.exit(main())
