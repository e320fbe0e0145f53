"""Takes a request's body into a temporary file, so that the tab may close before S3 has all bytes."""

import asyncio
import errno
import tempfile
from collections.abc import Callable
from typing import IO

from aiohttp import web

from examples.upload_server.refusals import RefusedError

CHUNK_BYTES = 1024 * 1024


async def receive(request: web.Request, most_bytes: int, count: Callable[[int], None]) -> tuple[IO[bytes], int]:
    """Returns the body in a file without a name, rewound, and its size; the file is gone as soon as it is closed.

    Calls `count` with the number of bytes of each piece that has arrived.
    Raises RefusedError: 413 over `most_bytes`, 400 if the connection broke early, 507 if the disk is full.
    """
    _check_length(request.content_length, most_bytes)
    spool = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        size = await _copy(request, spool, most_bytes, count)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool, size


async def _copy(request: web.Request, spool: IO[bytes], most_bytes: int, count: Callable[[int], None]) -> int:
    received = 0
    try:
        async for chunk in request.content.iter_chunked(CHUNK_BYTES):
            received += len(chunk)
            _check_length(received, most_bytes)
            await asyncio.to_thread(spool.write, chunk)
            count(len(chunk))
    except ConnectionError:
        raise RefusedError(400, "body", "the connection broke before the whole file had arrived") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise RefusedError(507, "body", "there is no space for this file now") from None
    if request.content_length not in (None, received):
        raise RefusedError(400, "body", f"{received} bytes arrived of {request.content_length} announced")
    return received


def _check_length(length: int | None, most_bytes: int) -> None:
    if length is not None and length > most_bytes:
        raise RefusedError(413, "body", f"must be at most {most_bytes} bytes")
