"""Serves the example page until a signal arrives: `python -m examples.upload_server`."""

import asyncio
import errno
import logging
import os
import signal
import sys

from aiohttp import web

from examples.upload_server.app import UploadServer
from examples.upload_server.settings import UploadServerSettings, local_aws, parse

CANNOT_START = 2


async def serve(settings: UploadServerSettings) -> None:
    """Listens until SIGINT or SIGTERM; raises OSError if the port is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(UploadServer(settings).app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        print(f"Upload page: {_page_url(settings.host, runner.addresses[0][1])}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def _page_url(host: str, port: int) -> str:
    name = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host
    return f"http://{name}:{port}"


def _why(error: OSError, settings: UploadServerSettings) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is in use. Stop the program that listens on it, or choose another port with --port."
        )
    return f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}."


def main() -> int:
    """Runs the server; returns 0 when it was stopped, 2 if it could not start."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("upload_server").setLevel(logging.INFO)
    os.environ.update(local_aws(os.environ))
    settings = parse(sys.argv[1:], os.environ)
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        print(_why(error, settings), file=sys.stderr)
        return CANNOT_START
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The threads of a transfer end with their part, and the interpreter would wait for them.
    os._exit(status)
