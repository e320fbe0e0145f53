"""Runs a template's WebSocket APIs on this machine: `python -m local_emulator`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from local_emulator import interrupts  # noqa: F401  # first: Ctrl-C while modules load
from local_emulator.activity_log import Journal, Level
from local_emulator.aws.dynamodb_local import DynamoDbLocalError, dynamodb_local
from local_emulator.aws.resources import ResourceCreationError
from local_emulator.cli.banner import HandlerLogs
from local_emulator.cli.colours import paint_for
from local_emulator.cli.commands import HELP, command_of
from local_emulator.cli.parent import watch_parent
from local_emulator.cli.ready import AnnouncementError, announced
from local_emulator.cli.run_arguments import read_arguments
from local_emulator.emulator import EmulatorServer
from local_emulator.faults.fields import InvalidFaultError
from local_emulator.faults.registry import TooManyFaultsError
from local_emulator.settings import Settings
from local_emulator.template.reader import InvalidTemplateError
from local_emulator.web.listen import ListenError
from local_emulator.web.open_files import AcceptErrors, raise_open_files

# Threshold of new objects for a collection: fifty concurrent messages hold a few hundred objects each.
YOUNG_OBJECTS = 5_000


# Functions run in processes with POSIX signals, process groups and inherited descriptors.
SYSTEMS = ("linux", "darwin")


def main() -> int:
    """Runs the emulator of the command line. Returns 0 after a stop, 2 for a refused template or argument."""
    if sys.platform not in SYSTEMS:
        print(f"apigw-emulator: {sys.platform} is not supported; use Linux, macOS, or WSL on Windows", file=sys.stderr)
        return 2
    command, arguments = command_of(sys.argv[1:])
    if command is not None:
        return _printing(command, arguments)
    settings = read_arguments(arguments, os.environ, epilog=HELP)
    logging.basicConfig(level=logging.WARNING, handlers=[HandlerLogs(sys.stdout)])
    try:
        with _dynamodb(settings) as endpoint:
            asyncio.run(run(replace(settings, dynamodb_endpoint=endpoint)))
    except (
        AnnouncementError,
        DynamoDbLocalError,
        InvalidFaultError,
        TooManyFaultsError,
        InvalidTemplateError,
        ListenError,
        ResourceCreationError,
    ) as problem:
        print(f"apigw-emulator: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    finally:
        _flush_console()
    return 0


@contextmanager
def _dynamodb(settings: Settings) -> Iterator[str | None]:
    """Yields the URL of the DynamoDB in place of the embedded one, if there is one. Raises DynamoDbLocalError."""
    if settings.dynamodb == "moto":
        yield settings.dynamodb_endpoint
        return
    with dynamodb_local() as url:
        yield url


def _printing(command: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Returns the status of a command; 1 if the reader of its output has ended, as in `| head`."""
    try:
        status = command(arguments)
    except BrokenPipeError:
        status = 1
    return status if _flush_console() else 1


def _flush_console() -> bool:
    """Flushes the console. Returns False if it takes no more, and discards the rest: Python's own flush would fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


async def run(settings: Settings) -> None:
    """Runs the emulator until SIGINT, SIGTERM, the end of its terminal or, on request, the end of the parent."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup has it ignored
            loop.add_signal_handler(number, ended.set)
    if settings.exit_with_parent:
        watch_parent(lambda: loop.call_soon_threadsafe(ended.set))
    console = sys.stdout
    journal = Journal(console, paint_for(console), Level[settings.log_level.upper()])
    raise_open_files()
    loop.set_exception_handler(AcceptErrors(journal.notice))
    emulator = EmulatorServer(settings, journal)
    await emulator.start()
    settle_memory()
    if ended.is_set():  # Ctrl-C during the start
        await emulator.stop()
        return
    with announced(emulator.deployment, emulator.settings, console):
        if emulator.tls is not None and (authority := emulator.tls.authority_file) is not None:
            journal.notice(f"For wss://, clients trust {authority} (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, --cacert)")
        await ended.wait()
        await emulator.stop()


def settle_memory() -> None:
    """Freezes the objects of the start out of garbage collection."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


if __name__ == "__main__":
    sys.exit(main())
