"""`python -m clients.terminal --user alice`: watch a user's uploads as they happen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import aiohttp
from rich.console import Console

from clients.terminal.arguments import Arguments, read_arguments
from clients.terminal.bars import Bars
from clients.terminal.lines import Lines, ReaderGone
from clients.terminal.loss import Loss
from clients.terminal.uploads import Uploads
from clients.terminal.watcher import Watcher


def main() -> int:
    try:
        return asyncio.run(watch(read_arguments(sys.argv[1:])))
    except ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left cannot be written either
        return 0


async def watch(arguments: Arguments) -> int:
    """Until Ctrl-C (0), or until the server wants us to stay away (1)."""
    uploads = Uploads()
    console = Console()
    plain = arguments.plain or not console.is_terminal
    view: Bars | Lines = Lines(uploads, sys.stdout) if plain else Bars(uploads, arguments.title, console)
    async with aiohttp.ClientSession() as http:
        watcher = Watcher(arguments.url, arguments.token_source(http), uploads, view, arguments.keep_alive)
        with view:
            loss = await _until_interrupted(watcher, http)
    if loss is None:
        return 0
    print(f"The connection is over: {loss.message or loss.reason}", file=sys.stderr)
    return 1


async def _until_interrupted(watcher: Watcher, http: aiohttp.ClientSession) -> Loss | None:
    """How the watching ended; None if SIGINT or SIGTERM has ended it."""
    watching = asyncio.create_task(watcher.run(http))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
    try:
        return await watching
    except asyncio.CancelledError:
        return None


if __name__ == "__main__":
    sys.exit(main())
